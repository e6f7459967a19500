import KernelConfig
import KernelSystem

/// The configuration file is written anew, if the kernel takes what it then says.
struct ConfigurationEdit {
    let paths: Paths
    let environment: [String: String]

    /// `judge` may refuse what can be read.
    func write(_ text: String, _ judge: (Configuration) throws -> Void = { _ in }) throws {
        let file = paths.configurationFile
        let source = ConfigurationSource(file: file, home: paths.home, environment: environment)
        try judge(try source.read(Array(text.utf8)))
        // A link, as people have who keep their configuration elsewhere, is followed.
        let target = Files.resolved(file) ?? file
        try Files.makeDirectories(Path.directory(of: target))
        try Files.replace(
            target, with: Array(text.utf8),
            permissions: try Files.statusIfPresent(target)?.permissions ?? 0o600, durable: true)
    }
}
