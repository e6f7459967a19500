import KernelClient
import KernelCommands
import KernelConfig
import KernelServer
import KernelSetup
import KernelSystem
import KernelTasks
import KernelWire

/// What every command needs first: where things are, and what the configuration says.
struct Startup {
    let paths: Paths
    let environment: [String: String]
    let isDevelopment: Bool
    var isSafeMode = false
    /// Who stands for this kernel before whoever has started it: its parent, if there is one.
    var mainProcess = ProcessFacts.id
    /// Why the kernel has no parent although it should.
    var parentProblem: String?

    /// Why a command could not begin; said on the standard error.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(configuration: String?, isDevelopment: Bool) throws(Failure) {
        self.isDevelopment = isDevelopment
        environment = Self.variables()
        let process = Paths.Process(
            environment: environment, userId: ProcessFacts.user,
            workingFolder: Files.currentDirectory,
            executable: Files.resolved("/proc/self/exe"),
            homeFolder: ConfigurationFiles.homeFolder())
        do {
            paths = try Paths(process, configuration: configuration, isDevelopment: isDevelopment)
        } catch {
            throw Failure(description: error.description)
        }
    }

    /// Finds the kernel that runs on the state folder.
    var finder: KernelFinder {
        KernelFinder(stateFolder: paths.stateFolder, socket: paths.socket)
    }

    /// What a client of this process says of itself.
    func introduction(_ client: String) -> Introduction {
        let named = environment[EnvironmentVariables.clientName] ?? ""
        var introduction = Introduction(
            client: named.isEmpty ? client : named, folder: Files.currentDirectory,
            stateFolder: paths.stateFolder)
        if paths.configurationChoice != .standard {
            introduction.configurationFile = paths.configurationFile
        }
        if named.isEmpty { introduction.terminal = Self.terminal }
        introduction.wantsSafeMode = isSafeMode ? true : nil
        return introduction
    }

    /// The first of the standard streams that is one.
    private static var terminal: String? {
        let places = (0...2).lazy.compactMap { Files.resolved("/proc/self/fd/\($0)") }
        let found = places.first { $0.hasPrefix("/dev/pts/") || $0.hasPrefix("/dev/tty") }
        return found.map { String($0.dropFirst("/dev/".utf8.count)) }
    }

    private static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        for line in Environment.all {
            guard let mark = line.firstIndex(of: "=") else { continue }
            variables[String(line[..<mark])] = String(line[line.index(after: mark)...])
        }
        return variables
    }

    /// A kernel that stays runs all durable tasks.
    func purpose(stays: Bool, tasks: TaskOptions.Work? = nil) -> KernelParts.Purpose {
        KernelParts.Purpose(
            isDevelopment: isDevelopment, stays: stays, tasks: stays ? .everything : tasks,
            isSafeMode: isSafeMode, parentProblem: parentProblem)
    }

    /// Reads the configuration. At a start there is no last good one to go on with.
    func readConfiguration() throws(Failure) -> ConfigurationKeeper {
        do {
            return try ConfigurationKeeper(
                paths: paths, environment: environment,
                secrets: .desktop(environment: environment))
        } catch {
            throw Failure(description: error.description)
        }
    }

    /// Makes the folders that only the user may look into.
    func prepareFolders() throws(Failure) {
        do {
            try Files.makeDirectories(paths.stateFolder)
        } catch {
            throw Failure(
                description: "\(error); the kernel needs a folder for its state: "
                    + "set XDG_STATE_HOME to one that you may write")
        }
        do {
            for folder in paths.privateFolders {
                try ConfigurationFiles.ensurePrivateFolder(folder)
            }
        } catch {
            throw Failure(
                description: "\(error) The kernel needs a folder for its sockets: "
                    + "set XDG_RUNTIME_DIR to one of yours, or unset it")
        }
    }
}
