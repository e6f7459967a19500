import KernelBase

/// Which models may be loaded together. A value without I/O.
struct MemoryRoom: Sendable, Hashable {
    let bytes: Int
    var tenants: [Tenant] = []

    struct Tenant: Sendable, Hashable {
        let name: String
        let bytes: Int
        let isWanted: Bool
        let isLeaving: Bool
        let idleSince: UInt64
    }

    enum Verdict: Sendable, Hashable {
        case fits
        /// These make room: it is asked again once one of them has gone.
        case waits(for: [String])
        case refused(String)
    }

    /// The one that was idle longest makes room first; one that somebody has never does.
    func verdict(on name: String, bytes wanted: Int) -> Verdict {
        guard wanted <= bytes else {
            return .refused(
                "it needs about \(Self.text(wanted)), and models that run here may use "
                    + "\(Self.text(bytes)) together; memory_mb in [local] allows more, and a "
                    + "smaller context_tokens of the model needs less")
        }
        let used = tenants.reduce(0) { $0 + $1.bytes }
        var missing = used + wanted - bytes
        guard missing > 0 else { return .fits }
        missing -= tenants.filter(\.isLeaving).reduce(0) { $0 + $1.bytes }
        var leaving: [String] = []
        let idle = tenants.filter { !$0.isWanted && !$0.isLeaving }
        for tenant in idle.sorted(by: { $0.idleSince < $1.idleSince }) where missing > 0 {
            leaving.append(tenant.name)
            missing -= tenant.bytes
        }
        guard missing <= 0 else {
            let busy = tenants.filter { $0.isWanted && !$0.isLeaving }.map {
                "\($0.name) (\(Self.text($0.bytes)))"
            }
            return .refused(
                "it needs about \(Self.text(wanted)) of the \(Self.text(bytes)) that models which "
                    + "run here may use together, and in use is " + busy.joined(separator: ", "))
        }
        return .waits(for: leaving)
    }

    private static func text(_ bytes: Int) -> String { Amount.memory(bytes: bytes) }
}
