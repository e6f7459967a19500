internal import ModuleJSON

/// What one instance can do, without its type: a C function cannot know a generic parameter.
/// What is nil is not offered to the host.
public struct ModuleAbilities: Sendable {
    let tasks: [Runnable]
    var start: (@Sendable () throws -> Void)?
    var stop: (@Sendable () -> Void)?
    var configure: (@Sendable (_ own: JSON, _ user: JSON) throws -> Void)?
    var state: State?
    var health: Health?
    package var provider: ProviderAbility?

    struct Runnable: Sendable {
        let name: String
        let input: TaskInput.Shape
        let run: @Sendable (TaskInput, Call) async throws -> TaskReply
    }

    struct State: Sendable {
        let save: @Sendable () throws -> JSON
        let load: @Sendable (_ version: Int, _ state: JSON) throws -> Void
    }

    struct Health: Sendable {
        let selfTest: @Sendable () throws -> Void
        let check: @Sendable () throws -> Void
    }

    init<M: Module>(_ module: M) {
        // Not by `map`, of which each build of each module would keep tables of types.
        var tasks: [Runnable] = []
        for task in M.tasks {
            tasks.append(
                Runnable(name: task.name, input: task.input) { input, call in
                    try await task.run(module, input, call)
                })
        }
        self.tasks = tasks
        module.addStarting(to: &self)
        module.addConfiguring(to: &self)
        module.addState(to: &self)
        module.addHealth(to: &self)
        module.addProvider(to: &self)
    }

    fileprivate static func decode<T: Decodable>(_ type: T.Type, from json: JSON) throws -> T {
        do {
            return try json.decode(type)
        } catch {
            throw Failure(error.description, .invalid)
        }
    }
}

// The compiler chooses between these and those of the abilities when it compiles the module. To
// ask at run time whether a type conforms makes the runtime look through every conformance of
// every library, also of all earlier builds: slower with each reload.
extension Module {
    public static var configurationShape: ArgumentsShape? { nil }
    public static var versionOfState: Int? { nil }
    public func addStarting(to abilities: inout ModuleAbilities) {}
    public func addConfiguring(to abilities: inout ModuleAbilities) {}
    public func addState(to abilities: inout ModuleAbilities) {}
    public func addHealth(to abilities: inout ModuleAbilities) {}
    public func addProvider(to abilities: inout ModuleAbilities) {}
}

extension Startable {
    public func addStarting(to abilities: inout ModuleAbilities) {
        abilities.start = { try start() }
        abilities.stop = { stop() }
    }
}

extension Configurable {
    public static var configurationShape: ArgumentsShape? { ArgumentsShape(Configuration.self) }

    public func addConfiguring(to abilities: inout ModuleAbilities) {
        abilities.configure = { own, user in
            // Once for each change of the configuration.
            let shape = ArgumentsShape(Configuration.self)
            let configuration = try ModuleAbilities.decode(
                Configuration.self, from: shape.schema.fillingDefaults(in: own))
            try configure(configuration, user: user)
        }
    }
}

extension Stateful {
    public static var versionOfState: Int? { stateVersion }

    public func addState(to abilities: inout ModuleAbilities) {
        abilities.state = ModuleAbilities.State(
            save: { try JSON.encode(try saveState()) },
            load: { version, saved in
                let state =
                    version == Self.stateVersion
                    ? saved : try Self.migrateState(saved, from: version)
                try loadState(
                    try ModuleAbilities.decode(State.self, from: state), version: version)
            })
    }
}

extension HealthChecking {
    public func addHealth(to abilities: inout ModuleAbilities) {
        abilities.health = ModuleAbilities.Health(
            selfTest: { try selfTest() }, check: { try checkHealth() })
    }
}
