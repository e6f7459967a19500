import KernelConfig

let homeFolder = "/home/ann"
let configurationPath = "/home/ann/.config/kernel/kernel.toml"

func source(_ environment: [String: String] = [:]) -> ConfigurationSource {
    ConfigurationSource(file: configurationPath, home: homeFolder, environment: environment)
}

func configuration(
    _ text: String, _ environment: [String: String] = [:]
) throws(ConfigurationProblems) -> Configuration {
    try source(environment).read(Array(text.utf8))
}

/// Each problem of a text as it is printed, without the path of the file.
func problems(_ text: String, _ environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationProblems) {
        _ = try configuration(text, environment)
        return []
    } catch {
        return error.list.map { problem in
            let line = "\(problem)"
            return line.hasPrefix(configurationPath)
                ? String(line.dropFirst(configurationPath.count + 1)) : line
        }
    }
}

/// The example file with each of its settings in force.
func uncommentedExample() -> String {
    ConfigurationText.example().split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
        .joined(separator: "\n")
}
