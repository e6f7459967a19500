import KernelSystem

/// Reads the configuration file from the disk.
package enum ConfigurationFile {
    package static let bytesMax = 1 << 20

    /// Nil: there is no file at the standard place, which is fine. One that was named must exist.
    package static func read(_ paths: Paths) throws(ConfigurationProblems) -> [UInt8]? {
        let path = paths.configurationFile
        let bytes: [UInt8]?
        do {
            bytes = try ConfigurationFiles.read(path, bytesMax: bytesMax)
        } catch {
            throw problems(path, "The file \(error.reason).")
        }
        if bytes == nil && paths.configurationChoice != .standard {
            let name =
                paths.configurationChoice == .argument
                ? "--config" : EnvironmentVariables.configurationFile
            throw problems(
                path, "The file that \(name) names does not exist. Create it, or name another.")
        }
        return bytes
    }

    private static func problems(_ path: String, _ sentence: String) -> ConfigurationProblems {
        ConfigurationProblems([
            ConfigurationProblem(at: .file(path: path, position: nil), sentence)
        ])
    }
}
