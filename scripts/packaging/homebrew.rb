# Homebrew formula: Formula/mcpass.rb of a tap
class Mcpass < Formula
  desc "Sign in to OAuth-protected MCP servers and explain every step"
  homepage "{{homepage}}"
  version "{{version}}"
  license "MIT"

  on_macos do
    on_arm do
      url "{{url aarch64-apple-darwin}}"
      sha256 "{{sha256 aarch64-apple-darwin}}"
    end
    on_intel do
      url "{{url x86_64-apple-darwin}}"
      sha256 "{{sha256 x86_64-apple-darwin}}"
    end
  end

  on_linux do
    on_arm do
      url "{{url aarch64-unknown-linux-gnu}}"
      sha256 "{{sha256 aarch64-unknown-linux-gnu}}"
    end
    on_intel do
      url "{{url x86_64-unknown-linux-gnu}}"
      sha256 "{{sha256 x86_64-unknown-linux-gnu}}"
    end
  end

  def install
    bin.install "mcpass"
    man1.install Dir["man/*.1"]
    generate_completions_from_executable(bin/"mcpass", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_equal "mcpass #{version}", shell_output("#{bin}/mcpass --version").strip
  end
end
