package import Desktop

/// Starts applications.
package struct Launcher: Sendable {
    private let environment: Environment
    private let manager: UserManager?

    /// What was started.
    package struct Result: Sendable, Equatable, Encodable {
        package let id: String
        package let name: String
        package let way: Way
        /// Of the programs that were started; none where another program starts them for us.
        package let processes: [Int32]

        package enum Way: String, Sendable, Encodable {
            case program
            case terminal
            case bus = "D-Bus"
        }
    }

    package init(_ environment: Environment) {
        self.environment = environment
        manager = environment.sessionBusAddress.map(UserManager.init)
    }

    package func launch(
        _ application: Application, action name: String? = nil, with references: [Reference] = []
    ) throws(DesktopError) -> Result {
        var action: Application.Action?
        if let name { action = try find(name, of: application) }
        if application.isActivatable, try activate(application, action, references) {
            return Result(
                id: application.id, name: application.name, way: .bus, processes: [])
        }
        let commands = try commands(application, action, references)
        guard environment.hasDisplay else {
            throw DesktopError(
                .unavailable,
                "\(application.name) needs a screen, and the kernel knows of none: neither DISPLAY "
                    + "nor WAYLAND_DISPLAY is set. Log in to a desktop, or start the kernel in it")
        }
        var processes: [Int32] = []
        for command in commands {
            processes.append(try start(command, application))
        }
        let way: Result.Way = application.needsTerminal ? .terminal : .program
        return Result(
            id: application.id, name: application.name, way: way, processes: processes)
    }

    private func find(
        _ name: String, of application: Application
    ) throws(DesktopError) -> Application.Action {
        let wanted = name.lowercased()
        let found = application.actions.first {
            $0.id.lowercased() == wanted || $0.name.lowercased() == wanted
        }
        if let found { return found }
        let ids = application.actions.map(\.id).joined(separator: ", ")
        let known = ids.isEmpty ? "none" : ids
        throw DesktopError(
            .notFound,
            "\(application.name) has no action \"\(name)\": it has \(known)"
        )
    }

    private func commands(
        _ application: Application, _ action: Application.Action?, _ references: [Reference]
    ) throws(DesktopError) -> [[String]] {
        guard let text = action.map(\.command) ?? application.command else {
            throw DesktopError(
                .unavailable,
                "\(application.name) can only be started over D-Bus, and no session bus answers")
        }
        let subject = CommandTemplate.Subject(
            name: application.name, icon: application.icon, path: application.path)
        do throws(DesktopError) {
            return try CommandTemplate(text).commands(for: references, of: subject)
        } catch {
            throw DesktopError(
                error.kind, "could not start \(application.name) (\(application.path)): \(error)")
        }
    }

    private func start(
        _ command: [String], _ application: Application
    ) throws(DesktopError) -> Int32 {
        let words = application.needsTerminal ? try inTerminal(command, application) : command
        guard let program = environment.program(words[0]) else {
            throw DesktopError(
                .notFound,
                "could not start \(application.name): there is no program \(words[0]) "
                    + "(named by \(application.path))")
        }
        let folder = workingFolder(of: application)
        let launch = Launch(
            program: program, arguments: words,
            environment: environment.forApplication(in: folder), folder: folder)
        return try launch.start { process in
            manager?.adopt(process, application: application.id)
        }
    }

    /// The one that the application names; else the user's home, as from a menu. Never the
    /// kernel's own, which would keep a disk from being unmounted.
    private func workingFolder(of application: Application) -> String {
        if let own = application.workingFolder, own.hasPrefix("/") { return own }
        return SmallFile.kind(of: environment.home) == .folder ? environment.home : "/"
    }

    /// The user's terminal, the desktop's, then Debian's.
    private func inTerminal(
        _ command: [String], _ application: Application
    ) throws(DesktopError) -> [String] {
        if let own = environment["TERMINAL"], environment.program(own) != nil {
            let takesDashes = ["gnome-terminal", "kgx", "ptyxis"].contains(own.lastPathPart)
            return [own, takesDashes ? "--" : "-e"] + command
        }
        if environment.program("xdg-terminal-exec") != nil {
            return ["xdg-terminal-exec"] + command
        }
        if environment.program("x-terminal-emulator") != nil {
            return ["x-terminal-emulator", "-e"] + command
        }
        throw DesktopError(
            .unavailable,
            "\(application.name) runs in a terminal, and there is none: install one, for instance "
                + "the package xterm, or name yours in TERMINAL")
    }

    /// True if the application was reached over D-Bus. False if nobody answers for its name, so
    /// that its command is to be tried; a refusal or a silence is final, since it may be starting.
    private func activate(
        _ application: Application, _ action: Application.Action?, _ references: [Reference]
    ) throws(DesktopError) -> Bool {
        guard let address = environment.sessionBusAddress else { return false }
        let service = String(application.id.dropLast(".desktop".count))
        let path = "/" + String(service.map { $0 == "." ? "/" : $0 == "-" ? "_" : $0 })
        let target = Bus.Target(service, path, "org.freedesktop.Application")
        let data = BusValue.options([])
        do throws(DesktopError) {
            let bus = try Bus(.session, address: address)
            if let action {
                let arguments: [BusValue] = [.string(action.id), .array("v", []), data]
                _ = try bus.call(target, "ActivateAction", arguments, timeoutMilliseconds: 10_000)
            } else if references.isEmpty {
                _ = try bus.call(target, "Activate", [data], timeoutMilliseconds: 10_000)
            } else {
                let urls = BusValue.strings(references.map(\.url))
                _ = try bus.call(target, "Open", [urls, data], timeoutMilliseconds: 10_000)
            }
            return true
        } catch {
            if error.kind == .unavailable { return false }
            throw DesktopError(error.kind, "could not start \(application.name): \(error)")
        }
    }
}

extension String {
    fileprivate var lastPathPart: String {
        split(separator: "/").last.map(String.init) ?? self
    }
}
