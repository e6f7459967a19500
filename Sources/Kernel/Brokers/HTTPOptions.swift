package import KernelHTTP

/// How the host asks servers for modules.
package struct HTTPOptions: Sendable {
    /// Who stands between this machine and the server of a URL.
    package var proxy: @Sendable (String) -> HTTPProxy = { HTTPProxy(for: $0) }
    /// A file of certificates to trust instead of the system's, as the configuration has it now.
    package var certificatesFile: @Sendable () -> String? = { nil }
    /// Of an errand without a deadline.
    package var totalSecondsMax = 3_600.0

    package init() {}
}
