import KernelBase
import Testing

@testable import KernelBuilds

/// All small worlds, held against what must be true of each.
@Suite struct RelationsExhaustiveTests {
    private static let interfaces = ["x", "y"]

    /// What one module of three may be: what it provides, and what it requires.
    private static func shapes(of id: String) throws -> [Relations.Member] {
        let others = ["a", "b", "c"].filter { $0 != id }
        let provided = ["", "x 1.0.0", "x 2.0.0", "y 1.0.0"]
        let required = ["", "x >=1", "x <2", "y *", "y *?", "\(others[0]) *", "\(others[1]) *?"]
        return try provided.flatMap { provided in
            try required.map { try member("\(id) 1.0.0 | \(provided) | \($0)") }
        }
    }

    @Test func `in every world of three modules the rules hold`() throws {
        let (first, second, third) = (
            try Self.shapes(of: "a"), try Self.shapes(of: "b"), try Self.shapes(of: "c")
        )
        var worlds = 0
        for a in first {
            for b in second {
                for c in third {
                    worlds += 1
                    guard let fault = Self.fault([a, b, c]) else { continue }
                    Issue.record("\(fault) in \([a, b, c])")
                    return
                }
            }
        }
        #expect(worlds == 21_952)
    }

    private static func fault(_ world: [Relations.Member]) -> String? {
        let found = Relations(world)
        if Relations(world.reversed()) != found { return "the order of the members counts" }
        let inService = Set(found.startOrder)
        guard inService.count == found.startOrder.count,
            inService.isDisjoint(with: found.problems.keys),
            inService.count + found.problems.count == world.count
        else { return "a module is neither in service nor out of it" }
        return world.lazy.compactMap { module in
            inService.contains(module.id)
                ? faultInService(module, found, world)
                : faultOutOfService(module, found, world, inService)
        }.first
    }

    private static func faultInService(
        _ module: Relations.Member, _ found: Relations, _ world: [Relations.Member]
    ) -> String? {
        for required in module.requires {
            guard let bound = found.provider(of: required.name, for: module.id) else {
                if required.isOptional && found.absences[module.id]?[required.name] != nil {
                    continue
                }
                return "\(module.id) lacks \(required.name)"
            }
            guard required.range.contains(bound.version), bound.id != module.id,
                offers(bound, required.name, world)
            else { return "\(module.id) is bound to what will not do" }
            let order = found.startOrder
            guard let mine = order.firstIndex(of: module.id),
                let theirs = order.firstIndex(of: bound.id), theirs < mine
            else { return "\(module.id) starts before \(bound.id)" }
        }
        return nil
    }

    private static func offers(
        _ bound: Relations.Provider, _ name: String, _ world: [Relations.Member]
    ) -> Bool {
        guard let provider = world.first(where: { $0.id == bound.id }) else { return false }
        return (name == provider.id && bound.version == provider.version)
            || provider.provides.contains(.init(name: name, version: bound.version))
    }

    /// A module is out only for lack of a provider in service, or because of a cycle.
    private static func faultOutOfService(
        _ module: Relations.Member, _ found: Relations, _ world: [Relations.Member],
        _ inService: Set<String>
    ) -> String? {
        guard let problem = found.problems[module.id] else { return "no reason for \(module.id)" }
        if problem.cause.contains("start before itself") { return nil }
        let lacks = module.requires.contains { required in
            !required.isOptional
                && !world.contains { other in
                    guard other.id != module.id, inService.contains(other.id) else { return false }
                    return (other.provides + [.init(name: other.id, version: other.version)])
                        .contains {
                            $0.name == required.name && required.range.contains($0.version)
                        }
                }
        }
        return lacks ? nil : "\(module.id) is out for nothing: \(problem)"
    }

    @Test func `three hundred modules in a row are bound and ordered`() throws {
        let row = try (0..<300).map { number in
            try member("m\(number) 1.0.0 || " + (number == 0 ? "" : "m\(number - 1) *"))
        }
        let found = Relations(row.reversed())
        #expect(found.startOrder == (0..<300).map { "m\($0)" })
        let broken = Relations(Array(row.dropFirst()))
        #expect(broken.problems.count == 299)
        let last = try #require(broken.problems["m299"])
        #expect(last.description.utf8.count < 200)
    }
}
