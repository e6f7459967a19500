package import CModuleABI

/// Where a task runs.
public enum Mode: Sendable {
    /// On the process's main thread, one call at a time; the task must not block.
    case main
    /// On a thread of the host's pool, where blocking is allowed.
    case thread
    /// In a worker process that holds this module alone and can be killed.
    case process

    /// As the manifest writes it.
    public var name: String {
        switch self {
        case .main: "main"
        case .thread: "thread"
        case .process: "process"
        }
    }

    /// The mode in the contract.
    package var contractValue: mod_mode {
        switch self {
        case .main: mod_mode(MOD_MODE_MAIN)
        case .thread: mod_mode(MOD_MODE_THREAD)
        case .process: mod_mode(MOD_MODE_PROCESS)
        }
    }

    init?(_ mode: mod_mode) {
        switch Int(mode) {
        case MOD_MODE_MAIN: self = .main
        case MOD_MODE_THREAD: self = .thread
        case MOD_MODE_PROCESS: self = .process
        default: return nil
        }
    }
}

/// What a task can do to the user's things.
public enum Risk: Sendable {
    /// Changes nothing.
    case read
    /// Changes something, and it can be put right.
    case write
    /// Changes something for good, or acts in the user's name.
    case danger

    /// As the manifest writes it.
    var name: String {
        switch self {
        case .read: "read"
        case .write: "write"
        case .danger: "danger"
        }
    }
}
