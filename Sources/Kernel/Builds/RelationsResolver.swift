import KernelBase

/// Works out `Relations`. The set of modules that can be in service only ever shrinks, so that it
/// ends, and what comes out does not depend on the order of the members.
struct RelationsResolver {
    private(set) var bindings: [String: [String: Relations.Provider]] = [:]
    private(set) var problems: [String: RelationProblem] = [:]
    private(set) var absences: [String: [String: String]] = [:]
    private(set) var startLevels: [[String]] = []

    private let members: [String: Relations.Member]
    private let offers: InterfaceOffers
    /// The modules that can be in service, sorted.
    private var usable: [String]

    init(_ members: [Relations.Member]) {
        self.members = Dictionary(members.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        offers = InterfaceOffers(self.members)
        usable = self.members.values.filter { $0.obstacle == nil }.map(\.id).sorted()
    }

    mutating func resolve() {
        repeat { bindMandatory() } while excludeUnmet() || excludeCycles()
        bindOptional()
        orderByLevels()
    }

    // MARK: Mandatory requirements

    private mutating func bindMandatory() {
        bindings = [:]
        let inService = Set(usable)
        for member in usable.compactMap({ members[$0] }) {
            for required in member.requires where !required.isOptional {
                let found = offers.candidates(for: required, of: member)
                    .first { inService.contains($0.id) }
                if let found { bindings[member.id, default: [:]][required.name] = found }
            }
        }
    }

    /// Takes out the modules that lack a provider; true if there were any.
    private mutating func excludeUnmet() -> Bool {
        let explanation = RelationExplanation(
            members: members, offers: offers, inService: Set(usable), problems: problems)
        var unmet: [String: RelationProblem] = [:]
        for member in usable.compactMap({ members[$0] }) {
            let missing = member.requires.first {
                !$0.isOptional && bindings[member.id]?[$0.name] == nil
            }
            if let missing { unmet[member.id] = explanation.problem(missing, of: member) }
        }
        exclude(unmet)
        return !unmet.isEmpty
    }

    /// Takes out the modules that would have to start before themselves; true if there were any.
    private mutating func excludeCycles() -> Bool {
        var cyclic: [String: RelationProblem] = [:]
        for id in usable {
            if let chain = chain(from: id, to: id) {
                cyclic[id] = RelationExplanation.cycle(chain)
            }
        }
        exclude(cyclic)
        return !cyclic.isEmpty
    }

    private mutating func exclude(_ excluded: [String: RelationProblem]) {
        problems.merge(excluded) { $1 }
        usable.removeAll { excluded[$0] != nil }
    }

    /// The shortest way along bindings, of at least one step; nil if there is none.
    private func chain(from start: String, to end: String) -> [RelationExplanation.Link]? {
        var reached: [String: [RelationExplanation.Link]] = [:]
        var next = [start]
        while !next.isEmpty {
            let current = next
            next = []
            for id in current {
                for (name, provider) in (bindings[id] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    let link = RelationExplanation.Link(
                        module: id, interface: name, provider: provider.id)
                    let way = (reached[id] ?? []) + [link]
                    if provider.id == end { return way }
                    guard reached[provider.id] == nil, provider.id != start else { continue }
                    reached[provider.id] = way
                    next.append(provider.id)
                }
            }
        }
        return nil
    }

    // MARK: Optional requirements

    /// One that would close a cycle stays without a provider, as if there were none.
    private mutating func bindOptional() {
        let inService = Set(usable)
        let explanation = RelationExplanation(
            members: members, offers: offers, inService: inService, problems: problems)
        for member in usable.compactMap({ members[$0] }) {
            for required in member.requires where required.isOptional {
                let candidates = offers.candidates(for: required, of: member)
                    .filter { inService.contains($0.id) }
                let found = candidates.first { chain(from: $0.id, to: member.id) == nil }
                if let found {
                    bindings[member.id, default: [:]][required.name] = found
                } else if let first = candidates.first {
                    absences[member.id, default: [:]][required.name] =
                        "\(first.id) needs \(member.id) itself, which would be a cycle"
                } else {
                    absences[member.id, default: [:]][required.name] =
                        explanation.problem(required, of: member).description
                }
            }
        }
    }

    // MARK: Order

    private mutating func orderByLevels() {
        var left = usable
        var placed: Set<String> = []
        while !left.isEmpty {
            let level = left.filter { id in
                (bindings[id] ?? [:]).values.allSatisfy { placed.contains($0.id) }
            }
            // Cycles are out by now, so that there is always a next level.
            precondition(!level.isEmpty, "modules that are bound in a cycle: \(left)")
            startLevels.append(level)
            placed.formUnion(level)
            left.removeAll { placed.contains($0) }
        }
    }
}

/// Who offers which interface, the best offer first.
struct InterfaceOffers {
    private let byName: [String: [Relations.Provider]]
    private let ids: Set<String>

    init(_ members: [String: Relations.Member]) {
        var byName: [String: [Relations.Provider]] = [:]
        for member in members.values {
            let own = Manifest.Provided(name: member.id, version: member.version)
            for provided in Set(member.provides + [own]) {
                byName[provided.name, default: []].append(
                    Relations.Provider(id: member.id, version: provided.version))
            }
        }
        self.byName = byName.mapValues { offers in
            offers.sorted { ($1.version, $0.id) < ($0.version, $1.id) }
        }
        ids = Set(members.keys)
    }

    var names: [String] { byName.keys.sorted() }

    /// Every offer of the interface, but for the module's own.
    func all(_ name: String, for module: String) -> [Relations.Provider] {
        (byName[name] ?? []).filter { $0.id != module }
    }

    /// Who may serve the requirement, in range and in order.
    func candidates(
        for required: Manifest.Required, of member: Relations.Member
    ) -> [Relations.Provider] {
        allowed(required.name, for: member).filter { required.range.contains($0.version) }
    }

    /// The offers that the configuration and the owner of the name leave.
    func allowed(_ name: String, for member: Relations.Member) -> [Relations.Provider] {
        let offers = all(name, for: member.id)
        if let chosen = member.choices[name] { return offers.filter { $0.id == chosen } }
        return ids.contains(name) ? offers.filter { $0.id == name } : offers
    }

    func isModule(_ id: String) -> Bool { ids.contains(id) }
}
