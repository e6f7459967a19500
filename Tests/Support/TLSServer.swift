import KernelSystem

/// A server with a certificate for 127.0.0.1 that nobody has signed but itself. It ends with this
/// object.
package final class TLSServer: Sendable {
    private let folder: TemporaryFolder
    private let server: ScriptServer

    /// What is trusted in the place of the system's certificates.
    package var certificate: String { folder.file("certificate.pem") }
    package var port: UInt16 { server.port }
    package var address: String { "https://127.0.0.1:\(port)/" }

    package init(_ protocols: String = "") throws {
        let folder = try TemporaryFolder("kernel-tls")
        let certificate = folder.file("certificate.pem")
        let key = folder.file("key.pem")
        try Shell.run(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                + "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -out '\(certificate)' "
                + "-keyout '\(key)' 2>&1")
        server = try ScriptServer(
            "tls_server.py", [certificate, key] + (protocols.isEmpty ? [] : [protocols]),
            in: folder)
        self.folder = folder
    }
}
