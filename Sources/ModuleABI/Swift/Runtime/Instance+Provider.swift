internal import CModuleABI
internal import Synchronization

/// One answer that is being read.
final class AnswerRun: Sendable {
    let id: UInt64
    private let reader: Mutex<any AnswerReading>

    init(_ id: UInt64, _ reader: any AnswerReading) {
        self.id = id
        self.reader = Mutex(reader)
    }

    func read(_ piece: [UInt8], _ take: AnswerReading.Take) {
        reader.withLock { $0.read(piece, take) }
    }

    func close(isWhole: Bool, _ take: AnswerReading.Take) {
        reader.withLock { $0.close(isWhole: isWhole, take) }
    }
}

extension Instance {
    func describe(_ writer: UnsafePointer<mod_writer>) -> mod_status {
        var refused = mod_status(MOD_OK)
        let status = step {
            guard let provider = abilities.provider else { return }
            unsafe refused = write(try provider.describe(), to: writer)
        }
        return refused < 0 ? refused : status
    }

    /// A refusal is written where the request would be.
    func encode(_ order: mod_bytes, _ writer: UnsafePointer<mod_writer>) -> mod_status {
        guard let provider = abilities.provider else { return mod_status(MOD_UNSUPPORTED) }
        do {
            return unsafe write(try provider.encode(order.copied), to: writer)
        } catch {
            let failure = Failure(error)
            _ = unsafe write(Array(failure.message.utf8), to: writer)
            return failure.status.rawValue
        }
    }

    func open(_ answer: UInt64, _ order: mod_bytes, _ head: mod_bytes) -> mod_status {
        guard let provider = abilities.provider else { return mod_status(MOD_UNSUPPORTED) }
        do {
            let run = AnswerRun(answer, unsafe try provider.open(order.copied, head.copied))
            answers.withLock { $0.append(run) }
            return mod_status(MOD_OK)
        } catch {
            host.log(.error, call: 0, "an answer cannot be read: \(error)")
            return Failure(error).status.rawValue
        }
    }

    func read(_ answer: UInt64, _ piece: mod_bytes, _ events: UnsafePointer<mod_events>) {
        guard let run = answers.withLock({ runs in runs.first { $0.id == answer } }) else {
            return
        }
        unsafe run.read(piece.copied) { unsafe Self.tell(events, $0, $1, $2) }
    }

    func close(_ answer: UInt64, _ isWhole: Bool, _ events: UnsafePointer<mod_events>) {
        let run = answers.withLock { runs in
            runs.firstIndex { $0.id == answer }.map { runs.remove(at: $0) }
        }
        guard let run else { return }
        run.close(isWhole: isWhole) { unsafe Self.tell(events, $0, $1, $2) }
    }

    private static func tell(
        _ events: UnsafePointer<mod_events>, _ kind: UInt32, _ index: UInt32, _ value: [UInt8]
    ) {
        guard unsafe reaches(\mod_events.take, size: events.pointee.size) else { return }
        unsafe value.withModBytes {
            unsafe events.pointee.take?(events.pointee.context, kind, index, $0)
        }
    }

    private func write(_ bytes: [UInt8], to writer: UnsafePointer<mod_writer>) -> mod_status {
        guard unsafe reaches(\mod_writer.write, size: writer.pointee.size) else {
            return mod_status(MOD_MISUSE)
        }
        return unsafe bytes.withModBytes {
            unsafe writer.pointee.write(writer.pointee.context, $0)
        }
    }
}
