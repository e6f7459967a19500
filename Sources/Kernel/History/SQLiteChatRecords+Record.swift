import KernelBase
import KernelDatabase
package import KernelStore
import ModuleChat

extension SQLiteChatRecords {
    package func record(
        _ steps: [MessageStep], of message: MessageID, at moment: Moment, _ durability: Durability,
        _ done: @escaping Completion<MessageChange>
    ) {
        var checked: [CheckedStep] = []
        do throws(StoreError) {
            try ChatCheck.count(steps.count, of: "steps", max: ChatLimits.stepsPerRequest)
            for step in steps { checked.append(try CheckedStep(step)) }
        } catch {
            return access.refuse(error, to: done)
        }
        let all = checked
        let bytes = all.reduce(0) { $0 + $1.bytes + 64 }
        access.write(durability, bytes: bytes, to: done) { transaction in
            let record = try transaction.bareMessage(message)
            guard record.state == .open else {
                throw StoreError(
                    .refused,
                    "\(message) has ended (\(record.state.name)): nothing is added to it any more.")
            }
            var writer = try MessageWriter(record, at: moment, transaction)
            for step in all { try writer.take(step, transaction) }
            return try writer.finish(transaction)
        }
    }
}

/// A step whose part is ready to be written.
enum CheckedStep: Sendable {
    case begin(PartRow)
    case piece(String)
    case end(PartRow?)
    case whole(PartRow)
    case finish(MessageEnd)

    init(_ step: MessageStep) throws(StoreError) {
        switch step {
        case .begin(let part): self = .begin(try PartRow(part))
        case .piece(let text): self = .piece(text)
        case .end(nil): self = .end(nil)
        case .end(let part?): self = .end(try PartRow(part))
        case .whole(let part): self = .whole(try PartRow(part))
        case .finish(var end):
            try ChatCheck.spending(end.spending)
            end.finish = end.finish?.cut(toBytes: ChatLimits.finishBytesMax)
            self = .finish(end)
        }
    }

    var bytes: Int {
        switch self {
        case .begin(let part), .whole(let part), .end(let part?): part.bytes
        case .piece(let text): text.utf8.count
        case .end, .finish: 0
        }
    }
}
