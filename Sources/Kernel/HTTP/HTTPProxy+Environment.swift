import KernelSystem

extension HTTPProxy {
    /// What the customary variables of this process say for a URL.
    package init(for url: String) {
        var environment: [String: String] = [:]
        for name in Self.variableNames { environment[name] = Environment.value(name) }
        self.init(for: url, environment: environment)
    }

    private static let variableNames = [
        "https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy",
        "NO_PROXY",
    ]
}
