import KernelClient
import KernelConfig
import KernelParent
import KernelSystem

/// Whether a kernel that was started by hand gets a parent, and how: this process becomes the
/// parent, by replacing its program, and starts the kernel anew as its child. It costs less than
/// anything that would be undone, since nothing has been set up yet.
struct ParentChoice {
    private let startup: Startup

    init(_ startup: Startup) {
        self.startup = startup
    }

    /// Returns only if there will be no parent: with the reason, if that is not what was asked for.
    /// `serves`: it is for others, not for who has started it; else a script is not begun again.
    func becomeParent(of arguments: [String], serves: Bool) -> String? {
        // With another kernel running this process will be a client of it, or will say that there
        // can be only one.
        guard startup.environment[ParentVariables.noParent] == nil, !startup.finder.isRunning else {
            return nil
        }
        guard let program = OwnProgram.find("kernel-parent"),
            let kernel = Files.resolved("/proc/self/exe")
        else { return "kernel-parent is not beside the kernel, in \(OwnProgram.folder)" }
        let order = ParentOrder(
            kernel: kernel, arguments: arguments, stateFolder: startup.paths.stateFolder,
            privateFolders: startup.paths.privateFolders, socket: startup.paths.socket,
            restarts: serves || TerminalDevice.isTerminal(0))
        do {
            try Supervision.replaceProgram(program, order.words, Environment.all)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// The other programs of this product.
enum OwnProgram {
    static var folder: String { Path.directory(of: Files.resolved("/proc/self/exe") ?? "") }

    /// Beside the kernel in a checkout, in `lib/kernel` where it is installed.
    static func find(_ name: String) -> String? {
        let folder = folder
        return [Path.join(folder, name), Path.join(folder, "../lib/kernel/\(name)")]
            .first { Files.isExecutable($0) }
    }
}
