import KernelSystem

/// A server with a certificate for 127.0.0.1 that nobody has signed but itself. It ends with this
/// object.
package final class TLSServer: Sendable {
    package let port: UInt16
    private let folder: TemporaryFolder
    private let process: Int32

    /// What is trusted in the place of the system's certificates.
    package var certificate: String { folder.file("certificate.pem") }
    package var address: String { "https://127.0.0.1:\(port)/" }

    package init(_ protocols: String = "") throws {
        let folder = try TemporaryFolder("kernel-tls")
        let certificate = folder.file("certificate.pem")
        let key = folder.file("key.pem")
        try Shell.run(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                + "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -out '\(certificate)' "
                + "-keyout '\(key)' 2>&1")
        let tests = Path.directory(of: Path.directory(of: #filePath))
        let script = Path.join(tests, "Servers/tls_server.py")
        let said = folder.file("port")
        let output = try FileDescriptor.open(said, .append, creating: .ifMissing())
        let nothing = try FileDescriptor.open("/dev/null", .read)
        var options = ChildProcess.Options(environment: Environment.all, directory: folder.path)
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2),
        ]
        let arguments = [script, certificate, key] + (protocols.isEmpty ? [] : [protocols])
        process = try ChildProcess.spawn("/usr/bin/python3", arguments, options)
        var port: UInt16?
        try waitFor("the server to say its port") {
            let text = String(decoding: try Files.read(said, bytesMax: 4_096), as: UTF8.self)
            port = text.hasSuffix("\n") ? UInt16(text.dropLast()) : nil
            return port != nil
        }
        self.port = port ?? 0
        self.folder = folder
    }

    deinit {
        if let handle = try? ChildProcess.handle(of: process) {
            ChildProcess.signal(handle, SignalNumber.kill)
        }
        _ = try? ChildProcess.wait(for: process)
    }
}
