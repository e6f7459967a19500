/// Where everything of one kernel lives, after the XDG Base Directory Specification
/// (https://specifications.freedesktop.org/basedir-spec/latest). Computed, not looked up: nothing
/// here touches the disk.
package struct Paths: Sendable, Equatable {
    package let home: String
    package let configurationFile: String
    package let configurationChoice: ConfigurationChoice
    /// `kernel-dev` with `--dev`, so that a kernel in daily use is left alone; so below.
    package let stateFolder: String
    /// Of sockets and locks: must exist with mode 0700 and belong to the user.
    package let runFolder: String
    /// Outermost first: what must be made, each as a private folder, before the run folder is used.
    package let privateFolders: [String]
    package let cacheFolder: String
    /// Of what `kernel setup` has fetched: the same with `--dev`, since it is large.
    package let fetchedFolder: String
    package let userModulesFolder: String
    /// The first one that has a module of some id wins.
    package let systemModulesFolders: [String]
    /// Where the kernel's own programs lie; nil if it is not known.
    package let executableFolder: String?

    /// How the configuration file was chosen; a missing one matters unless it is the default.
    package enum ConfigurationChoice: String, Sendable {
        case argument, environment, standard
    }

    /// What is known about the process.
    package struct Process: Sendable {
        package var environment: [String: String]
        package var userId: UInt32
        package var workingFolder: String
        package var executable: String?
        /// Of the password database, for when `HOME` is not set.
        package var homeFolder: String?

        package init(
            environment: [String: String], userId: UInt32, workingFolder: String,
            executable: String? = nil, homeFolder: String? = nil
        ) {
            self.environment = environment
            self.userId = userId
            self.workingFolder = workingFolder
            self.executable = executable
            self.homeFolder = homeFolder
        }
    }

    /// `configuration` is the argument of `--config`.
    package init(
        _ process: Process, configuration: String? = nil, isDevelopment: Bool = false
    ) throws(PathsError) {
        let environment = process.environment
        guard let home = Self.absolute(environment["HOME"]) ?? Self.absolute(process.homeFolder)
        else { throw .noHome }
        func base(_ variable: String, or standard: String) -> String {
            Self.absolute(environment[variable]) ?? PathText.join(home, standard)
        }
        let name = isDevelopment ? "kernel-dev" : "kernel"
        self.home = home
        (configurationFile, configurationChoice) = try Self.configurationFile(
            process, argument: configuration,
            standard: base("XDG_CONFIG_HOME", or: ".config") + "/kernel/kernel.toml")
        stateFolder = PathText.join(base("XDG_STATE_HOME", or: ".local/state"), name)
        cacheFolder = PathText.join(base("XDG_CACHE_HOME", or: ".cache"), name)
        fetchedFolder = PathText.join(base("XDG_CACHE_HOME", or: ".cache"), "kernel/fetched")
        userModulesFolder = PathText.join(
            base("XDG_DATA_HOME", or: ".local/share"), "kernel/modules")
        executableFolder = process.executable.map { PathText.folder(of: $0) }
        systemModulesFolders = Self.systemModulesFolders(executableFolder)
        if let runtime = Self.absolute(environment["XDG_RUNTIME_DIR"]) {
            runFolder = PathText.join(runtime, name)
            privateFolders = [runFolder]
        } else {
            let own = "/tmp/kernel-\(process.userId)"
            runFolder = PathText.join(own, name)
            privateFolders = [own, runFolder]
        }
    }

    package var socket: String { PathText.join(runFolder, "kernel.sock") }

    private static func configurationFile(
        _ process: Process, argument: String?, standard: String
    ) throws(PathsError) -> (String, ConfigurationChoice) {
        if let argument {
            guard !argument.isEmpty else { throw .emptyArgument }
            return (PathText.join(process.workingFolder, argument), .argument)
        }
        let named = process.environment[EnvironmentVariables.configurationFile] ?? ""
        if !named.isEmpty {
            return (PathText.join(process.workingFolder, named), .environment)
        }
        return (PathText.join("/", standard), .standard)
    }

    /// Beside the program as it is installed (`bin/kernel`, `lib/kernel/modules`), then the
    /// distribution's.
    private static func systemModulesFolders(_ executableFolder: String?) -> [String] {
        let distribution = "/usr/lib/kernel/modules"
        guard let executableFolder else { return [distribution] }
        let beside = PathText.join(executableFolder, "../lib/kernel/modules")
        return beside == distribution ? [distribution] : [beside, distribution]
    }

    /// "If an implementation encounters a relative path in any of these variables it should
    /// consider the path invalid and ignore it."
    private static func absolute(_ path: String?) -> String? {
        guard let path, PathText.isAbsolute(path) else { return nil }
        return PathText.join("/", path)
    }
}

package enum PathsError: Error, Equatable, CustomStringConvertible {
    case noHome
    case emptyArgument

    package var description: String {
        switch self {
        case .noHome:
            "The home folder is not known. Set HOME to an absolute path."
        case .emptyArgument:
            "--config is empty. Give it the path of a configuration file, or leave it out."
        }
    }
}
