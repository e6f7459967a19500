/// What a module says of itself, beside its tasks.
public struct Manifest: Sendable {
    public var id: String
    public var version: String
    public var about: String
    public var permissions: Permissions
    public var provides: [Provision]
    public var requires: [Requirement]

    /// `id` is what users write before the task: `greeter` in `greeter.hello`.
    public init(
        id: String, version: String, about: String, permissions: Permissions = Permissions(),
        provides: [Provision] = [], requires: [Requirement] = []
    ) {
        self.id = id
        self.version = version
        self.about = about
        self.permissions = permissions
        self.provides = provides
        self.requires = requires
    }

    /// What the module wants to reach outside itself.
    public struct Permissions: Sendable {
        /// Paths.
        public var read: [String]
        /// Paths.
        public var write: [String]
        /// `host:port`.
        public var network: [String]
        /// Bus names.
        public var dbus: [String]
        /// Paths of programs.
        public var execute: [String]

        public init(
            read: [String] = [], write: [String] = [], network: [String] = [], dbus: [String] = [],
            execute: [String] = []
        ) {
            self.read = read
            self.write = write
            self.network = network
            self.dbus = dbus
            self.execute = execute
        }
    }

    /// An interface that other modules may require.
    public struct Provision: Sendable {
        public var name: String
        public var version: String

        public init(_ name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    /// An interface of another module, in a range of versions: `>=1.0 <2`.
    public struct Requirement: Sendable {
        public var name: String
        public var range: String
        public var optional: Bool

        public init(_ name: String, range: String, optional: Bool = false) {
            self.name = name
            self.range = range
            self.optional = optional
        }
    }
}
