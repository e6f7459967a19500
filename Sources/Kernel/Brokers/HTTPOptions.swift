package import KernelHTTP

/// How the host asks servers for modules.
package struct HTTPOptions: Sendable {
    /// Who stands between this machine and the server of a URL.
    package var proxy: @Sendable (String) -> HTTPProxy = { HTTPProxy(for: $0) }
    /// A file of certificates to trust instead of the system's.
    package var certificatesFile: String?
    /// Of an errand without a deadline.
    package var totalSecondsMax = 3_600.0

    package init() {}
}
