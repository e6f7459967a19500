import KernelBase
import ModuleJSON

/// Says why a requirement is not met, and what a person can do about it.
struct RelationExplanation {
    let members: [String: Relations.Member]
    let offers: InterfaceOffers
    let inService: Set<String>
    /// Of the modules that were found to be out of service before.
    let problems: [String: RelationProblem]

    /// One step along a cycle.
    struct Link: Hashable {
        let module: String
        let interface: String
        let provider: String
    }

    /// More offers than this are counted, not listed.
    private static let listedMax = 3

    func problem(
        _ required: Manifest.Required, of member: Relations.Member
    ) -> RelationProblem {
        let allowed = offers.allowed(required.name, for: member)
        let found =
            allowed.isEmpty
            ? nobody(required, member) : unfit(allowed, required, member)
        return RelationProblem(
            module: member.id,
            cause: "\(member.id) needs \(Self.wanted(required)): \(found.finding)",
            advice: found.advice + alternative(required, member), root: found.root)
    }

    private struct Found {
        let finding: String
        let advice: String
        var root: RelationProblem.Root?
    }

    /// `storage >=1.2 <2`, or `storage` where every version will do.
    private static func wanted(_ required: Manifest.Required) -> String {
        let range = required.range.description
        return range == "*" ? required.name : "\(required.name) \(range)"
    }

    // MARK: No offer

    private func nobody(
        _ required: Manifest.Required, _ member: Relations.Member
    ) -> Found {
        let name = required.name
        if let chosen = member.choices[name] {
            let fault =
                chosen == member.id
                ? "itself"
                : offers.isModule(chosen)
                    ? "\(chosen), which does not provide it"
                    : "\(chosen), and there is no such module"
            return Found(
                finding: "the configuration chooses \(fault)",
                advice: "change \(name) under [modules.\(member.id).providers]")
        }
        if offers.names.contains(name), offers.all(name, for: member.id).isEmpty {
            return Found(
                finding: "only \(member.id) itself provides it",
                advice: "install another module that does")
        }
        let hint = Spelling.hint(for: name, among: offers.names.filter { $0 != member.id })
        return Found(finding: "no module provides it\(hint)", advice: "install one that does")
    }

    // MARK: Offers that will not do

    private func unfit(
        _ allowed: [Relations.Provider], _ required: Manifest.Required,
        _ member: Relations.Member
    ) -> Found {
        let inRange = allowed.filter { required.range.contains($0.version) }
        let listed = inRange.isEmpty ? allowed : inRange
        var findings = listed.prefix(Self.listedMax).map { offer in
            inRange.isEmpty ? misfit(offer, required) : outOfService(offer, required)
        }
        if listed.count > Self.listedMax {
            findings.append("\(listed.count - Self.listedMax) more will not do either")
        }
        let isChosen = member.choices[required.name] != nil
        let finding = (isChosen ? "as the configuration chooses, " : "") + Self.list(findings)
        let first = listed[0]
        if !inRange.isEmpty {
            let root = root(of: first.id)
            return Found(
                finding: finding,
                advice: "put \(root.module) right, and \(member.id) comes into service by itself",
                root: root)
        }
        return Found(
            finding: finding,
            advice: "install a build of \(first.id) that provides \(Self.wanted(required)), or "
                + "one of \(member.id) that takes \(required.name) \(first.version)")
    }

    private func misfit(_ offer: Relations.Provider, _ required: Manifest.Required) -> String {
        let fit = required.range.fit(of: offer.version) == .tooOld ? "too old" : "too new"
        return "\(provides(offer, required.name)), which is \(fit)"
    }

    private func outOfService(
        _ offer: Relations.Provider, _ required: Manifest.Required
    ) -> String {
        "\(provides(offer, required.name)), but is not in service (\(root(of: offer.id).cause))"
    }

    /// Why a provider is out of service, from the beginning.
    private func root(of id: String) -> RelationProblem.Root {
        problems[id]?.root
            ?? RelationProblem.Root(
                module: id, cause: members[id]?.obstacle ?? "the reason is not known")
    }

    private func provides(_ offer: Relations.Provider, _ name: String) -> String {
        let version = members[offer.id]?.version ?? offer.version
        if name == offer.id && version == offer.version { return "\(name) is \(version)" }
        return "\(offer.id) \(version) provides \(name) \(offer.version)"
    }

    /// A module that would do, if the configuration chose it.
    private func alternative(
        _ required: Manifest.Required, _ member: Relations.Member
    ) -> String {
        let other = offers.all(required.name, for: member.id).first {
            required.range.contains($0.version) && inService.contains($0.id)
        }
        guard let other else { return "" }
        return "; or have it use \(other.id): "
            + Self.choice(of: other.id, for: required.name, by: member.id)
    }

    /// What the user writes to choose a provider.
    private static func choice(of id: String, for interface: String, by module: String) -> String {
        let key = interface.contains(".") ? "\"\(interface)\"" : interface
        return "write \(key) = \"\(id)\" under [modules.\(module).providers]"
    }

    private static func list(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + ", and " + last
    }

    // MARK: Cycles

    /// `chain` begins and ends at the module that cannot be in service.
    static func cycle(_ chain: [Link]) -> RelationProblem {
        let steps = chain.map { link in
            link.interface == link.provider
                ? "\(link.module) needs \(link.provider)"
                : "\(link.module) needs \(link.interface) of \(link.provider)"
        }
        let module = chain[0].module
        return RelationProblem(
            module: module,
            cause: "\(module) would have to start before itself: " + list(steps),
            advice: "make one of these optional in its manifest, or choose another provider, for "
                + "example \(chain[0].interface) under [modules.\(module).providers]")
    }
}
