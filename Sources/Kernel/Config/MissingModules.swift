import KernelSystem

/// An entry of `[kernel] modules` or `[dev] modules` where there is nothing.
package struct MissingModules: Sendable, Hashable {
    /// "dev.modules"
    package let key: String
    package let path: String

    package var sentence: String {
        "\(key) names \(path), which does not exist: what comes there is loaded then"
    }
}

extension Configuration {
    /// Now; those of `[dev]` only where they count.
    package func missingModules(isDevelopment: Bool) -> [MissingModules] {
        let lists =
            [("kernel.modules", kernel.modules)]
            + (isDevelopment ? [("dev.modules", dev.modules)] : [])
        return lists.flatMap { key, paths in
            paths.filter { !Files.exists($0.absolute) }
                .map { MissingModules(key: key, path: $0.absolute) }
        }
    }

    /// The same for `kernel config check`, with their places.
    package var missingModulesWarnings: [ConfigurationProblem] {
        missingModules(isDevelopment: true).map { missing in
            let names = missing.key.split(separator: ".")
            return ConfigurationProblem(
                at: place(of: missing.key), table: String(names[0]), key: String(names[1]),
                "\(missing.path) does not exist. What comes there is loaded then.")
        }
    }
}
