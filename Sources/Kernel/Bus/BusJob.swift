import KernelBase
import ModuleJSON

/// One call, or one listening, between its beginning and its end. To be used on the thread of the
/// buses.
final class BusJob {
    let order: BusOrder
    /// What the bus was asked to tell of. It takes a rule back by its words: one that it was never
    /// given would be the same rule of somebody else.
    var rules: [String] = []
    private var hearing = Hearing()

    /// What a listener knows, and has still to be told.
    private struct Hearing {
        /// What the bus has still to confirm before listening has begun.
        var confirmationsLeft = 3
        /// The connection that has the sender's name.
        var owner = ""
        var hasNewOwner = false
        var lost = 0
    }

    init(_ order: BusOrder) {
        self.order = order
    }

    var deadlineNanoseconds: UInt64? {
        order.deadlineNanoseconds == 0 ? nil : order.deadlineNanoseconds
    }

    func answered(by message: BusMessage) {
        do throws(BusFailure) {
            let signature = message.signature
            let values = try message.values(bytesMax: order.bytesMax)
            order.listener.answered(.values(signature: signature, values))
        } catch {
            order.listener.ended(BusFailure(error.kind, "the answer of \(order.whom): \(error)"))
        }
    }

    // MARK: Listening

    func confirm() {
        hearing.confirmationsLeft -= 1
        if hearing.confirmationsLeft == 0 { ownerIsNew() }
    }

    /// Empty: nobody.
    func setOwner(_ owner: String) {
        guard hearing.owner != owner else { return }
        hearing.owner = owner
        if hearing.confirmationsLeft == 0 { ownerIsNew() }
    }

    private func ownerIsNew() {
        hearing.hasNewOwner = true
        tellWhatWaits()
    }

    /// A signal of somebody, which may be for this one.
    func hear(_ signal: BusMessage, from sender: String, of match: BusMatch) {
        let (path, interface, member) = (signal.path, signal.interface, signal.member)
        guard hearing.confirmationsLeft == 0, sender == hearing.owner,
            match.fits(path: path, interface: interface, member: member)
        else { return }
        tellWhatWaits()
        guard !order.listener.isFull,
            let values = try? signal.values(bytesMax: order.bytesMax)
        else {
            hearing.lost += 1
            return
        }
        order.listener.heard(
            .signal(
                path: path, interface: interface, member: member, signature: signal.signature,
                values))
    }

    /// What came while there was no room: who has the name, and how much was lost.
    func tellWhatWaits() {
        if hearing.hasNewOwner, !order.listener.isFull {
            hearing.hasNewOwner = false
            order.listener.heard(.owner(!hearing.owner.isEmpty))
        }
        if hearing.lost > 0, !order.listener.isFull {
            order.listener.heard(.lost(hearing.lost))
            hearing.lost = 0
        }
    }
}
