internal import ModuleJSON

/// What one instance can do, without its type: a C function cannot know a generic parameter.
/// What is nil is not offered to the host.
struct Abilities: Sendable {
    var tasks: [Runnable] = []
    var start: (@Sendable () throws -> Void)?
    var stop: (@Sendable () -> Void)?
    var configure: (@Sendable (_ own: JSON, _ user: JSON) throws -> Void)?
    var state: State?
    var health: Health?

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
        tasks = M.tasks.map { task in
            Runnable(name: task.name, input: task.input) { input, call in
                try await task.run(module, input, call)
            }
        }
        if let module = module as? any Startable {
            start = { try module.start() }
            stop = { module.stop() }
        }
        if let module = module as? any Configurable { configure = Self.configuring(module) }
        if let module = module as? any Stateful { state = Self.state(of: module) }
        if let module = module as? any HealthChecking {
            health = Health(
                selfTest: { try module.selfTest() }, check: { try module.checkHealth() })
        }
    }

    private static func configuring<C: Configurable>(
        _ module: C
    ) -> @Sendable (JSON, JSON) throws -> Void {
        let shape = ArgumentsShape(C.Configuration.self)
        return { own, user in
            let configuration = try decode(
                C.Configuration.self, from: shape.schema.fillingDefaults(in: own))
            try module.configure(configuration, user: user)
        }
    }

    private static func state<S: Stateful>(of module: S) -> State {
        State(
            save: { try JSON.encode(try module.saveState()) },
            load: { version, saved in
                let state =
                    version == S.stateVersion ? saved : try S.migrateState(saved, from: version)
                try module.loadState(try decode(S.State.self, from: state), version: version)
            })
    }

    private static func decode<T: Decodable>(_ type: T.Type, from json: JSON) throws -> T {
        do {
            return try json.decode(type)
        } catch {
            throw Failure(error.description, .invalid)
        }
    }
}
