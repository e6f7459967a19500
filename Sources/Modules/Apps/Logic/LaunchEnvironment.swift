package import Desktop

extension Environment {
    /// What a launched application gets of this environment: nothing that is the kernel's own or a
    /// secret, and nothing that systemd said to this service alone.
    package func forApplication(in folder: String) -> [String: String] {
        var kept = variables.filter { Environment.mayBeHandedOn($0.key) }
        kept["PWD"] = folder
        return kept
    }

    static func mayBeHandedOn(_ name: String) -> Bool {
        let ownPrefixes = ["KERNEL_", "SWIFT_", "LISTEN_", "WATCHDOG_", "MEMORY_PRESSURE_"]
        let own = [
            "NOTIFY_SOCKET", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MAINPID",
            "MANAGERPID", "DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN", "OLDPWD", "_", "SHLVL",
        ]
        if own.contains(name) || ownPrefixes.contains(where: name.hasPrefix) { return false }
        let secret: Set<String> = [
            "KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL",
            "CREDENTIALS",
        ]
        return !name.uppercased().split(separator: "_").map(String.init).contains { part in
            secret.contains(part)
        }
    }
}
