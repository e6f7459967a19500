public import ModuleJSON

/// What a module author writes: a type, its manifest, and its tasks.
///
///     struct Greeter: Module {
///         static let manifest = Manifest(id: "greeter", version: "1.0.0", about: "Says hello.")
///         static let tasks: [TaskOf<Greeter>] = [
///             TaskOf("hello", "Greets somebody.", risk: .read, run: hello)
///         ]
///         init(_ host: Host) {}
///         func hello(_ arguments: Hello, _ call: Call) async throws -> String { … }
///     }
///
///     @c(module_entry) public func entry() -> UnsafeRawPointer { Greeter.entry }
///
/// Calls run concurrently on one instance, so that what it remembers belongs into a `Mutex`.
/// During a reload two instances exist: whatever only one may hold (a port, a device) is taken in
/// `Startable.start()`, not in `init`.
public protocol Module: Sendable {
    static var manifest: Manifest { get }
    static var tasks: [TaskOf<Self>] { get }

    /// Runs before the configuration is known. Throwing refuses the build.
    init(_ host: Host) throws

    // What follows comes with the protocols below; there is nothing to be written for it.

    static var configurationShape: ArgumentsShape? { get }
    static var versionOfState: Int? { get }
    func addStarting(to abilities: inout ModuleAbilities)
    func addConfiguring(to abilities: inout ModuleAbilities)
    func addState(to abilities: inout ModuleAbilities)
    func addHealth(to abilities: inout ModuleAbilities)
    func addProvider(to abilities: inout ModuleAbilities)
}

/// A module that the user can configure, in the table `[modules.<id>]`.
public protocol Configurable: Module {
    associatedtype Configuration: Arguments

    /// Called before the first call and again after every change, also while calls run. `user` is
    /// the table `[user]`. Throwing keeps the configuration that the module had.
    func configure(_ configuration: Configuration, user: JSON) throws
}

/// A module whose state survives a reload.
public protocol Stateful: Module {
    associatedtype State: Codable

    /// Raise it whenever an older build could not read what `saveState` returns.
    static var stateVersion: Int { get }

    func saveState() throws -> State

    /// `version` is the one that the state was written in.
    func loadState(_ state: State, version: Int) throws

    /// Turns a state of another version into one that `State` can be decoded from. Without an
    /// implementation other versions are refused, and the old instance goes on.
    static func migrateState(_ state: JSON, from version: Int) throws -> JSON
}

extension Stateful {
    public static func migrateState(_ state: JSON, from version: Int) throws -> JSON {
        throw Failure(
            "the saved state has version \(version), but this build reads version \(stateVersion);"
                + " implement migrateState to take it over",
            .unsupported)
    }
}

/// A module that can say whether it works.
public protocol HealthChecking: Module {
    /// Runs in a process that may die, before the first start. Throwing refuses the build.
    func selfTest() throws

    /// Runs while the module serves. Throwing soon after a reload brings the old build back.
    func checkHealth() throws
}

extension HealthChecking {
    public func selfTest() throws {}
    public func checkHealth() throws {}
}

/// A module that holds something while it serves.
public protocol Startable: Module {
    func start() throws

    /// Gives back what `start` took; `start` may be called again afterwards.
    func stop()
}
