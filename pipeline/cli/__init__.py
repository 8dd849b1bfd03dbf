"""The command line: arguments → one call → exit code. One small file for each command or group."""
