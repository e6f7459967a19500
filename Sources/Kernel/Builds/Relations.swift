package import KernelBase

/// Which module serves which requirement of which other: a value without I/O, worked out from all
/// modules that are known.
///
/// Every module provides its own id at its own version, besides what its manifest names. Of several
/// providers in range the highest version is taken, then the first id; a name that is the id of a
/// module that is there is that module's alone. The configuration can choose otherwise.
package struct Relations: Sendable, Hashable {
    /// A module as it is seen from here.
    package struct Member: Sendable, Hashable {
        package let id: String
        package let version: SemanticVersion
        package let provides: [Manifest.Provided]
        package let requires: [Manifest.Required]
        /// Which module the configuration chooses for an interface.
        package let choices: [String: String]
        /// Why it is not in service whatever it requires; nil if nothing else is in its way.
        package let obstacle: String?

        package init(
            id: String, version: SemanticVersion, provides: [Manifest.Provided] = [],
            requires: [Manifest.Required] = [], choices: [String: String] = [:],
            obstacle: String? = nil
        ) {
            self.id = id
            self.version = version
            self.provides = provides
            self.requires = requires
            self.choices = choices
            self.obstacle = obstacle
        }

        package init(
            _ manifest: Manifest, choices: [String: String] = [:], obstacle: String? = nil
        ) {
            self.init(
                id: manifest.id, version: manifest.version, provides: manifest.provides,
                requires: manifest.requires, choices: choices, obstacle: obstacle)
        }
    }

    /// Who provides an interface, and in which version.
    package struct Provider: Sendable, Hashable {
        package let id: String
        package let version: SemanticVersion
    }

    /// By module, then by interface. Only modules that can be in service have any.
    package private(set) var bindings: [String: [String: Provider]] = [:]
    /// Why a module cannot be in service, by module.
    package private(set) var problems: [String: RelationProblem] = [:]
    /// Why an optional requirement has no provider, by module, then by interface.
    package private(set) var absences: [String: [String: String]] = [:]
    /// The modules that can be in service: each comes after all that it is bound to. Those of one
    /// level do not depend on each other.
    package private(set) var startLevels: [[String]] = []

    package init() {}

    /// Of members with one id the last one counts.
    package init(_ members: [Member]) {
        var resolver = RelationsResolver(members)
        resolver.resolve()
        bindings = resolver.bindings
        problems = resolver.problems
        absences = resolver.absences
        startLevels = resolver.startLevels
    }

    package var startOrder: [String] { startLevels.flatMap { $0 } }

    package func provider(of interface: String, for module: String) -> Provider? {
        bindings[module]?[interface]
    }

    /// The modules that are bound to this one, sorted.
    package func dependants(of module: String) -> [String] {
        bindings.filter { $0.value.values.contains { $0.id == module } }.keys.sorted()
    }

    /// The modules that could be in service here and cannot in `after`, but for `module` itself.
    package func broken(in after: Relations, besides module: String) -> [RelationProblem] {
        after.problems.filter { $0.key != module && problems[$0.key] == nil }
            .sorted { $0.key < $1.key }.map(\.value)
    }
}

/// Why a module cannot be in service, as sentences for a person.
package struct RelationProblem: Sendable, Hashable, CustomStringConvertible {
    package let module: String
    /// `notes needs storage >=1.2 <2: store 2.0.0 provides storage 2.0.0, which is too new`
    package let cause: String
    /// What to do about it.
    package let advice: String
    /// Where it began: the module at the end of a row of such that need each other, and its cause.
    let root: Root

    struct Root: Sendable, Hashable {
        let module: String
        let cause: String
    }

    /// `root` is the trouble of a provider; nil if it is this module's own.
    init(module: String, cause: String, advice: String, root: Root? = nil) {
        self.module = module
        self.cause = cause
        self.advice = advice
        self.root = root ?? Root(module: module, cause: cause)
    }

    package var description: String { "\(cause); \(advice)" }
}
