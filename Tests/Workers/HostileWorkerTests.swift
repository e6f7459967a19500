import KernelBase
import KernelHosting
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelWorkers

/// What a worker says or does not take costs the kernel little, and the worker its life.
@Suite(.blocking) struct HostileWorkerTests {
    private let bench: WorkerBench

    init() throws {
        bench = try WorkerBench()
    }

    struct Word: Sendable, CustomTestStringConvertible {
        let call: String
        let words: String

        var testDescription: String { call }
    }

    private func request(_ id: UInt64 = 1, seconds: Double = 20) -> CallRequest {
        CallRequest(
            id: id, task: 0, mode: .process, kind: .bytes, arguments: [],
            deadlineNanoseconds: SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9))
    }

    @Test(arguments: [
        Word(
            call: "say(FINISHED,IN_FILE,call->id,0,open(\"/dev/null\",O_RDONLY))",
            words: "a message with files"),
        Word(
            call: "say(LOG,0,0,5,open(\"/dev/null\",O_RDONLY))", words: "a message with files"),
        Word(
            call: "say(FINISHED,IN_FILE,call->id,0,-1)",
            words: "a message without the memory file"),
        Word(call: "say(LOG,HAS_MORE,1,0,-1)", words: "a piece of 0 bytes"),
        Word(call: "say(LOG,LAST,1,5,-1)", words: "the end of a message that has not begun"),
        Word(
            call: "say(LOG,HAS_MORE,1,PIECE,-1);say(LOG,HAS_MORE,2,PIECE,-1)",
            words: "a piece of one message among those of another"),
        Word(
            call: "for(int i=0;i<300;i++)say(OUTPUT,HAS_MORE,call->id,PIECE,-1)",
            words: "a message of more than 16777216 bytes in pieces"),
    ])
    func `what is no message ends the worker`(word: Word) throws {
        let worker = try bench.worker(
            holding: "hostile", defining: ["HOSTILE_CALL=\(word.call);hang()"])
        #expect(throws: WorkerFailure.self) {
            do {
                _ = try worker.call(request(), SilentListener(), graceSeconds: 1)
            } catch {
                #expect("\(error)".contains("broke the protocol: \(word.words)"), "\(error)")
                throw error
            }
        }
    }

    @Test(
        arguments: [
            "flood(PROGRESS,0,call->id,PIECE)", "flood(OUTPUT,0,call->id,PIECE)",
            "flood(FINISHED,0,call->id+1,PIECE)", "flood(WALLS,0,0,PIECE)",
            "flood(LOG,HAS_MORE,1,PIECE)", "flood(FINISHED,HAS_MORE,call->id+1,PIECE)",
        ] + SanitizerBuild.without(["flood(DONE,0,7,0)"]))
    func `whatever is said unasked is counted`(flood: String) throws {
        let worker = try bench.worker(holding: "hostile", defining: ["HOSTILE_CALL=\(flood)"])
        do throws(WorkerFailure) {
            _ = try worker.call(request(), SilentListener(), graceSeconds: 1)
            Issue.record("it answered")
        } catch {
            // A body that has no end is too long before its pieces are too many.
            let isTooLong = "\(error)".contains("16777216 bytes in pieces")
            guard case .overran(let overrun) = error else {
                #expect(isTooLong, "\(error)")
                return
            }
            #expect(overrun.resource == .output)
        }
    }

    @Test func `a worker that closes its ears and lives on is ended at once`() throws {
        let worker = try bench.worker(
            holding: "hostile", defining: ["HOSTILE_CALL=say_nothing();hang()"])
        let start = SystemClock.monotonicNanoseconds
        #expect(throws: WorkerFailure.died(.killed(signal: SignalNumber.kill))) {
            _ = try worker.call(request(), SilentListener(), graceSeconds: 1)
        }
        #expect(SystemClock.monotonicNanoseconds - start < 4_000_000_000)
    }

    @Test func `a worker that takes nothing in is ended when its call is late`() throws {
        let worker = try bench.worker(holding: "answer")
        try Shell.run("kill -STOP \(worker.process)")
        let reply = Frame(.replied, id: 1, body: [1, 2, 3])
        for _ in 0..<2_000 { worker.outbox.tell(reply) }
        #expect(worker.outbox.sendWaiting())
        do throws(WorkerFailure) {
            _ = try worker.call(request(seconds: 0.2), SilentListener(), graceSeconds: 0.2)
            Issue.record("it answered")
        } catch {
            #expect(
                error == .overran(Overrun(.time, "it did not end its call when it was asked to")))
        }
    }

    @Test func `what waits for a worker is bounded, and comes in its order`() throws {
        let pair = try PacketSocket.pair()
        let theirs = WorkerChannel(
            PacketSocket(owning: try pair.second.descriptor.duplicate()), end: .worker)
        let leash = WorkerLeash()
        let watched = Mutex<[Bool]>([])
        let outbox = WorkerOutbox(
            WorkerChannel(
                PacketSocket(owning: try pair.first.descriptor.duplicate()), end: .kernel), leash
        ) { isWaiting in watched.withLock { $0.append(isWaiting) } }
        let body = [UInt8](repeating: 7, count: 100_000)
        var sent: UInt64 = 0
        sending: while true {
            switch outbox.send(Frame(.replied, id: sent, body: sent % 3 == 0 ? body : [1])) {
            case .sent, .queued: sent += 1
            case .refused(let reason):
                #expect(reason.contains("64 MiB"))
                break sending
            case .gone:
                Issue.record("it is there")
                break sending
            }
        }
        #expect(leash.overrun == nil && watched.withLock { $0 } == [true])
        outbox.tell(Frame(.replied, body: body))
        #expect(leash.overrun?.resource == .time)
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        for id in 0..<sent {
            outbox.sendWaiting()
            guard case .frame(let frame) = try theirs.receive(into: &buffer) else {
                Issue.record("no frame")
                return
            }
            #expect(frame.id == id && frame.body.count == (id % 3 == 0 ? 100_000 : 1))
        }
        #expect(watched.withLock { $0 } == [true, false] && !outbox.sendWaiting())
    }

    // MARK: Sound modules

    @Test func `what two threads print at once is not mixed`() throws {
        let worker = try bench.worker(
            holding: "hostile", defining: ["HOSTILE_CALL=print_from_two_threads(call->id)"])
        let listener = PrintedPieces()
        let outcome = try worker.call(request(), listener, graceSeconds: 1)
        #expect(outcome.text == "one")
        let pieces = listener.pieces.withLock { $0 }
        #expect(pieces.count == 80)
        #expect(pieces.allSatisfy { $0.count == 100_000 && Set($0).count == 1 })
    }

    @Test func `a result that is too large fails its call, and the worker goes on`() throws {
        let worker = try bench.worker(
            holding: "hostile", defining: ["HOSTILE_CALL=finish_with(call->id,(256u<<20)+1);return"]
        )
        for id in 1...2 {
            let outcome = try worker.call(
                request(UInt64(id)), SilentListener(), graceSeconds: 1)
            #expect(outcome.status == .limit)
            #expect(outcome.message.contains("268435457 bytes, more than 268435456"))
        }
    }

    @Test func `who asks between calls, when nobody listens, is told`() throws {
        let worker = try bench.worker(
            holding: "hostile",
            defining: [
                "HOSTILE_CALL=if(!asked_between_calls()){fixture_finish(call->id,\"\");return;}"
            ])
        _ = try worker.call(request(1), SilentListener(), graceSeconds: 1)
        try waitFor("the request") { bench.lines.withLock { $0.contains("asked") } }
        let outcome = try worker.call(request(2), SilentListener(), graceSeconds: 1)
        #expect(
            outcome.text.hasPrefix("storage.echo: between its calls nobody hears"), "\(outcome)")
    }
}

private final class PrintedPieces: CallListener {
    let pieces = Mutex<[[UInt8]]>([])

    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        pieces.withLock { $0.append(piece) }
    }
}

extension CallOutcome {
    fileprivate var text: String { String(decoding: value, as: UTF8.self) }
}
