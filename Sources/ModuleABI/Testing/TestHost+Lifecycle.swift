internal import CModuleABI
public import ModuleJSON
internal import ModuleKit

extension TestHost {
    /// What `save` wrote, and the version that the manifest gives it.
    public struct SavedState: Sendable, Equatable {
        public var version: Int
        public var bytes: [UInt8]

        public init(version: Int, bytes: [UInt8]) {
            self.version = version
            self.bytes = bytes
        }

        public init(version: Int, _ json: JSON) {
            self.init(version: version, bytes: json.serialized())
        }

        /// Nil if the state is not JSON.
        public var json: JSON? { try? JSON(parsing: bytes) }
    }

    func begin(_ configuration: JSON, _ user: JSON, _ state: SavedState?) throws {
        if unsafe try capability(MOD_CONFIGURATION, \mod_configuration.configure) != nil {
            try configure(configuration, user: user)
        }
        if let state { try load(state) }
        try selfTest()
        try start()
    }

    /// Checks the configuration as the kernel does, then hands it to the module.
    public func configure(_ configuration: JSON, user: JSON = [:]) throws {
        guard let table = unsafe try capability(MOD_CONFIGURATION, \mod_configuration.configure)
        else {
            throw TestHostError("the module cannot be configured")
        }
        if let json = manifest["configuration"], !json.isNull {
            let problems = try JSONSchema(json).problems(in: configuration)
            guard problems.isEmpty else {
                throw Failure(problems.map(\.sentence).joined(separator: "; "), .invalid)
            }
        }
        try step("configure") {
            unsafe configuration.text.withModText { own in
                unsafe user.text.withModText { user in
                    unsafe table.pointee.configure(module.pointee.instance, own, user)
                }
            }
        }
    }

    public func save() throws -> SavedState {
        guard let table = unsafe try capability(MOD_STATE, \mod_state.load) else {
            throw TestHostError("the module has no state")
        }
        let written = Written(core)
        try step("save") {
            unsafe written.withWriter {
                unsafe table.pointee.save(module.pointee.instance, $0)
            }
        }
        let version = manifest["state"]?["version"]?.integer ?? 0
        return SavedState(version: Int(version), bytes: written.bytes)
    }

    public func load(_ state: SavedState) throws {
        guard let table = unsafe try capability(MOD_STATE, \mod_state.load) else {
            throw TestHostError("the module has no state")
        }
        try step("load") {
            unsafe state.bytes.withModBytes {
                unsafe table.pointee.load(module.pointee.instance, UInt32(state.version), $0)
            }
        }
    }

    /// Does nothing if the module has no health to tell of.
    public func selfTest() throws {
        guard let table = unsafe try capability(MOD_HEALTH, \mod_health.check),
            let selfTest = unsafe table.pointee.self_test
        else { return }
        try step("self_test") { unsafe selfTest(module.pointee.instance) }
    }

    /// Does nothing if the module has no health to tell of.
    public func checkHealth() throws {
        guard let table = unsafe try capability(MOD_HEALTH, \mod_health.check),
            let check = unsafe table.pointee.check
        else { return }
        try step("check") { unsafe check(module.pointee.instance) }
    }

    public func start() throws {
        core.asks.open()
        core.errands.open()
        do {
            try step("start") {
                unsafe module.pointee.start?(module.pointee.instance) ?? mod_status(MOD_OK)
            }
        } catch {
            core.asks.close()
            core.errands.close()
            throw error
        }
        core.isActive = true
    }

    /// Calls that run must have ended.
    public func stop() throws {
        core.checkNothingRuns(before: "stop")
        core.isActive = false
        defer {
            core.asks.close()
            core.errands.close()
        }
        try step("stop") {
            unsafe module.pointee.stop?(module.pointee.instance)
            return mod_status(MOD_OK)
        }
    }

    /// Stops and destroys the instance, and throws what broke the contract until now.
    public func close() throws {
        guard core.beginClosing() else { return }
        if core.isActive { try stop() }
        defer { core.folder.remove() }
        try step("destroy") {
            unsafe module.pointee.destroy(module.pointee.instance)
            return mod_status(MOD_OK)
        }
    }

    func step(_ name: String, _ body: () -> mod_status) throws {
        let result = core.step(name) { body() }
        try core.throwViolations()
        guard result.value < 0 else { return }
        throw Failure(
            result.message ?? "\(name) failed without host->fail()",
            Failure.Status(rawValue: result.value) ?? .failed)
    }
}
