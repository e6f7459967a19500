import Desktop
import DesktopFailures
package import ModuleJSON
package import ModuleKit
import Synchronization

/// The module `apps`: what is installed, and how it is started.
///
/// All tasks run on a thread: a worker process may neither start programs nor open the sockets that
/// D-Bus needs, and each step that can wait has a limit of its own.
package final class Apps: Module, Configurable {
    private let settings = Mutex(Configuration())

    package struct Configuration: Arguments {
        @Argument("The terminal in which programs for the terminal are started.")
        package var terminal: String?

        package init() {}
    }

    package static let manifest = Manifest(
        id: "apps", version: "1.0.0",
        about: "Finds and starts applications; opens files and links with the right one.",
        permissions: Manifest.Permissions(
            read: ["/usr/share", "/usr/local/share", "~/.local/share", "~/.config", "/etc/xdg"],
            dbus: ["org.freedesktop.systemd1", "org.freedesktop.Application"], execute: ["/"]))

    package static let tasks: [TaskOf<Apps>] = [
        TaskOf("list", "Lists the applications that are installed.", risk: .read, run: list),
        TaskOf(
            "find", "Finds applications by name, purpose or MIME type, best first.", risk: .read,
            run: find),
        TaskOf(
            "launch", "Starts an application, if wanted with files or URLs.", mode: .thread,
            risk: .write, timeoutSeconds: 60, run: launch),
        TaskOf(
            "open", "Opens a file, a folder or a URL with the application that is meant for it.",
            mode: .thread, risk: .write, timeoutSeconds: 60, run: open),
    ]

    package init(_ host: Host) {}

    package func configure(_ configuration: Configuration, user: JSON) {
        settings.withLock { $0 = configuration }
    }

    private var environment: Environment {
        var environment = Environment.current.completedFromSession
        if let terminal = settings.withLock(\.terminal) {
            environment.variables["TERMINAL"] = terminal
        }
        return environment
    }

    private func list(_ arguments: ListArguments, _ call: Call) async throws -> Listing {
        let catalog = Catalog(environment)
        let category = arguments.category?.lowercased()
        let found = (arguments.all ? catalog.all : catalog.shown).filter { application in
            category == nil || application.categories.contains { $0.lowercased() == category }
        }
        return Listing(found.sorted { $0.name < $1.name }, limit: arguments.limit)
    }

    private func find(_ arguments: FindArguments, _ call: Call) async throws -> Listing {
        let shown = Catalog(environment).shown
        return Listing(Search(arguments.query).ranked(shown), limit: arguments.limit)
    }

    private func launch(
        _ arguments: LaunchArguments, _ call: Call
    ) async throws -> Launcher.Result {
        let environment = environment
        return try DesktopError.answering { () throws(DesktopError) in
            let application = try Catalog(environment).application(named: arguments.app)
            var references: [Reference] = []
            for target in arguments.targets {
                references.append(try Reference(target, home: environment.home))
            }
            return try Launcher(environment).launch(
                application, action: arguments.action, with: references)
        }
    }

    private func open(_ arguments: OpenArguments, _ call: Call) async throws -> Launcher.Result {
        let environment = environment
        return try DesktopError.answering { () throws(DesktopError) in
            let reference = try Reference(arguments.target, home: environment.home)
            return try Opener(environment, Catalog(environment)).open(reference)
        }
    }
}

extension Apps: HealthChecking {
    /// The terminal that was chosen may have been removed: another one would be taken, unasked.
    package func checkHealth() throws {
        guard let terminal = settings.withLock(\.terminal),
            Environment.current.completedFromSession.program(terminal) == nil
        else { return }
        throw Failure(
            "The terminal \(terminal) is not installed: look at terminal under [modules.apps].",
            .notFound)
    }
}
