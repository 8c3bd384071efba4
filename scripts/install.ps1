# Installs mcpass for the current user on Windows, without administrator rights. Downloads the archive of
# a release, compares its SHA-256, and moves the program into %LOCALAPPDATA%\Programs\mcpass as the last
# step.
#
#   irm <URL of the release's files>/install.ps1 | iex
#
# A release's copy of this script contains the URL, the version and the SHA-256 sum of the release.
# These variables override them:
#
#   MCPASS_VERSION      another version
#   MCPASS_RELEASE      URL of the release's files (https)
#   MCPASS_INSTALL_DIR  the folder to install into (default: %LOCALAPPDATA%\Programs\mcpass)
#
# For Windows PowerShell 5.1 and PowerShell 7. On Linux and macOS: install.sh.

# In a scope of its own: a session that runs this text with iex does not get its variables.
& {
    Set-StrictMode -Version 2.0
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'

    # Set in a release.
    $stampedRelease = ''
    $stampedVersion = ''
    $stampedSum = ''

    function Stop-Install([string] $Reason) {
        throw "mcpass was not installed: $Reason"
    }

    function Test-ReleaseUrl([uri] $Url) {
        if (-not $Url.IsAbsoluteUri) { return $false }
        return $Url.Scheme -eq 'https' -or ($Url.Scheme -eq 'http' -and $Url.Host -eq '127.0.0.1')
    }

    function Save-Download([string] $Url, [string] $Path) {
        try {
            $download = Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $Path -PassThru
        } catch {
            Stop-Install "cannot download $Url ($($_.Exception.Message))"
        }
        # Where redirects ended: the property differs between the two PowerShells.
        $response = $download.BaseResponse
        $last = if ($response.PSObject.Properties['ResponseUri']) {
            $response.ResponseUri
        } else {
            $response.RequestMessage.RequestUri
        }
        if (-not (Test-ReleaseUrl $last)) {
            Stop-Install "cannot download ${Url}: it redirects to $last, which is not https"
        }
    }

    function Expand-Program([string] $Packed, [string] $Folder) {
        $program = Join-Path $Folder 'mcpass.exe'
        try {
            Expand-Archive -LiteralPath $Packed -DestinationPath $Folder
        } catch {
            Stop-Install "cannot unpack ""$Packed"" ($($_.Exception.Message))"
        }
        try {
            $null = & $program --version
            $works = $LASTEXITCODE -eq 0
        } catch {
            $works = $false
        }
        if (-not $works) { Stop-Install 'the program does not run on this machine' }
        return $program
    }

    $version = if ($env:MCPASS_VERSION) { $env:MCPASS_VERSION } else { $stampedVersion }
    if (-not $version) { Stop-Install 'MCPASS_VERSION is not set. Set it to a version, for example 0.1.0' }
    if ($version -notmatch '^[0-9A-Za-z.+-]+$') {
        Stop-Install "MCPASS_VERSION ""$version"" is not a version such as 0.1.0"
    }
    # Another version than the stamped one is at the same URL with that version in it.
    $expected = if (-not $env:MCPASS_RELEASE -and $version -eq $stampedVersion) { $stampedSum } else { '' }
    $release = if ($env:MCPASS_RELEASE) {
        $env:MCPASS_RELEASE
    } elseif ($stampedVersion) {
        $stampedRelease.Replace($stampedVersion, $version)
    } else {
        ''
    }
    $release = $release.TrimEnd('/')
    if (-not $release) {
        Stop-Install "MCPASS_RELEASE is not set. Set it to the URL of the release's files"
    }
    if (-not (Test-ReleaseUrl $release)) { Stop-Install "MCPASS_RELEASE ""$release"" is not an https URL" }
    $bin = if ($env:MCPASS_INSTALL_DIR) { $env:MCPASS_INSTALL_DIR } else { $env:MCPASS_BIN }
    if (-not $bin) {
        if (-not $env:LOCALAPPDATA) { Stop-Install 'LOCALAPPDATA is not set. Set it or MCPASS_INSTALL_DIR' }
        $bin = Join-Path $env:LOCALAPPDATA 'Programs\mcpass'
    }
    $bin = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($bin)
    $archive = "mcpass-$version-x86_64-pc-windows-msvc.zip"
    $target = Join-Path $bin 'mcpass.exe'
    $work = Join-Path $bin ".mcpass-install.$([guid]::NewGuid())"
    try {
        $null = New-Item -ItemType Directory -Force -Path $work
    } catch {
        Stop-Install "cannot write to ""$bin"". Set MCPASS_INSTALL_DIR to a folder that you can write to"
    }
    try {
        # Windows PowerShell 5.1 may begin with older protocols.
        [Net.ServicePointManager]::SecurityProtocol =
            [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        $packed = Join-Path $work $archive
        if (-not $expected) {
            $list = Join-Path $work 'SHA256SUMS'
            Save-Download "$release/SHA256SUMS" $list
            $line = '^([0-9a-f]{64})  ' + [regex]::Escape($archive) + '$'
            $expected = Get-Content -LiteralPath $list | Where-Object { $_ -match $line } |
                ForEach-Object { $_.Substring(0, 64) } | Select-Object -First 1
        }
        if (-not $expected) { Stop-Install "the release's SHA256SUMS has no line for ""$archive""" }
        Write-Host "Downloading mcpass $version (x86_64-pc-windows-msvc)"
        Save-Download "$release/$archive" $packed
        $actual = (Get-FileHash -Algorithm SHA256 -LiteralPath $packed).Hash.ToLowerInvariant()
        if ($actual -ne $expected) {
            Stop-Install "the SHA-256 of ""$archive"" is $actual, expected $expected. Nothing was installed"
        }

        $program = Expand-Program $packed $work
        try {
            Move-Item -Force -LiteralPath $program -Destination $target
        } catch {
            Stop-Install "cannot replace ""$target"": is it running? ($($_.Exception.Message))"
        }
    } finally {
        Remove-Item -Recurse -Force -LiteralPath $work -ErrorAction SilentlyContinue
    }

    "Installed $(& $target --version) as $target"
    $quoted = $target.Replace("'", "''")
    if (($env:Path -split ';') -contains $bin) {
        'To start: mcpass'
    } else {
        $folder = $bin.Replace("'", "''")
        "$bin is not on your PATH. To add it for new terminals, run:"
        "  [Environment]::SetEnvironmentVariable('Path', '$folder;' + [Environment]::GetEnvironmentVariable('Path', 'User'), 'User')"
    }
    "To uninstall: Remove-Item -LiteralPath '$quoted'"
}
