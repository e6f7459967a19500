import KernelSystem

extension SecretSource {
    /// The environment that the kernel was started with, and the disk.
    package static func system(environment: [String: String]) -> SecretSource {
        SecretSource(
            variable: { environment[$0] },
            file: { try ConfigurationFiles.readPrivate($0, bytesMax: bytesMax) },
            status: { (try? Files.statusIfPresent($0)) ?? nil })
    }
}
