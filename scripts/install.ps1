# Installs mcpass for the current user on Windows: downloads the archive of a release, compares its
# SHA-256 with the release's list, and puts the program into %LOCALAPPDATA%\Programs\mcpass. Nothing
# is half installed: the program is moved into place as the last step.
#
#   MCPASS_RELEASE  where the files of the release are (an https URL)
#   MCPASS_VERSION  which version
#   MCPASS_BIN      the folder to install to (default: %LOCALAPPDATA%\Programs\mcpass)
#
# For Windows PowerShell 5.1 and PowerShell 7. On Linux and macOS: install.sh.

# In a scope of its own, so that nothing here stays in a session that this text was piped into.
& {
    Set-StrictMode -Version 2.0
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'

    function Stop-Install([string] $Reason) {
        throw "mcpass was not installed: $Reason"
    }

    function Test-ReleaseUrl([uri] $Url) {
        if (-not $Url.IsAbsoluteUri) { return $false }
        return $Url.Scheme -eq 'https' -or ($Url.Scheme -eq 'http' -and $Url.Host -eq '127.0.0.1')
    }

    function Save-Download([string] $Url, [string] $Path) {
        try {
            $answer = Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $Path -PassThru
        } catch {
            Stop-Install "cannot download $Url ($($_.Exception.Message))"
        }
        # Where redirects ended: the property differs between the two PowerShells.
        $response = $answer.BaseResponse
        $last = if ($response.PSObject.Properties['ResponseUri']) {
            $response.ResponseUri
        } else {
            $response.RequestMessage.RequestUri
        }
        if (-not (Test-ReleaseUrl $last)) {
            Stop-Install "$Url leads to $last, which is not protected by https"
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

    $release = "$env:MCPASS_RELEASE".TrimEnd('/')
    $version = $env:MCPASS_VERSION
    $bin = $env:MCPASS_BIN
    if (-not $release) { Stop-Install "set MCPASS_RELEASE to the URL of the release's files" }
    if (-not (Test-ReleaseUrl $release)) { Stop-Install 'MCPASS_RELEASE is no https URL' }
    if (-not $version) { Stop-Install 'set MCPASS_VERSION, such as 0.1.0' }
    if ($version -notmatch '^[0-9A-Za-z.+-]+$') {
        Stop-Install "MCPASS_VERSION ""$version"" is no version, such as 0.1.0"
    }
    if (-not $bin) {
        if (-not $env:LOCALAPPDATA) { Stop-Install 'set LOCALAPPDATA or MCPASS_BIN' }
        $bin = Join-Path $env:LOCALAPPDATA 'Programs\mcpass'
    }
    $bin = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($bin)
    $archive = "mcpass-$version-x86_64-pc-windows-msvc.zip"
    $target = Join-Path $bin 'mcpass.exe'
    $work = Join-Path $bin ".mcpass-install.$([guid]::NewGuid())"
    try {
        $null = New-Item -ItemType Directory -Force -Path $work
    } catch {
        Stop-Install "cannot write to ""$bin"": set MCPASS_BIN to a folder that you may write to"
    }
    try {
        # Windows PowerShell 5.1 may begin with older protocols.
        [Net.ServicePointManager]::SecurityProtocol =
            [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        $list = Join-Path $work 'SHA256SUMS'
        $packed = Join-Path $work $archive
        Save-Download "$release/SHA256SUMS" $list
        Save-Download "$release/$archive" $packed

        $line = '^([0-9a-f]{64})  ' + [regex]::Escape($archive) + '$'
        $wanted = Get-Content -LiteralPath $list | Where-Object { $_ -match $line } |
            ForEach-Object { $_.Substring(0, 64) } | Select-Object -First 1
        if (-not $wanted) { Stop-Install "the release's SHA256SUMS has no line for ""$archive""" }
        $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $packed).Hash.ToLowerInvariant()
        if ($found -ne $wanted) {
            Stop-Install "the SHA-256 of ""$archive"" is $found and should be ${wanted}: nothing was installed"
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
    if (($env:Path -split ';') -notcontains $bin) { "It is not on your PATH: add $bin to it" }
    $quoted = $target.Replace("'", "''")
    "To uninstall: Remove-Item -LiteralPath '$quoted'"
}
