import KernelBase
import KernelHosting
import KernelSandbox
import KernelTesting
import Testing

@testable import KernelSystem
@testable import KernelWorkers

@Suite(.blocking) struct FrameTests {
    /// Sends a frame through a pair of sockets and receives it.
    private func passed(_ frame: Frame) throws -> Frame {
        let pair = try PacketSocket.pair()
        try frame.send(over: pair.first)
        return try received(pair.second)
    }

    private func received(_ socket: borrowing PacketSocket) throws -> Frame {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        switch try socket.receive(into: &buffer) {
        case .closed: throw ProtocolError("closed")
        case .message(var message):
            return try Frame(buffer, count: message.count, descriptors: &message.descriptors)
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1 << 20])
    func `a frame arrives as it was sent, whatever its size`(count: Int) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let frame = try passed(
            Frame(.finished, id: .max, first: .max, second: .max - 1, body: body))
        #expect(frame.kind == .finished && frame.id == .max && frame.first == .max)
        #expect(frame.second == .max - 1 && frame.body == body)
    }

    @Test func `a message that is no frame is an error that says why`() throws {
        let pair = try PacketSocket.pair()
        let wrong: [([UInt8], String)] = [
            ([1, 2, 3], "3 bytes has no head"),
            ([0xFF, 0xFF] + [UInt8](repeating: 0, count: 22), "unknown kind 65535"),
            ([40, 0, 1, 0] + [UInt8](repeating: 0, count: 20), "without the memory file"),
        ]
        for (bytes, words) in wrong {
            try pair.first.send(head: bytes)
            do {
                _ = try received(pair.second)
                Issue.record("\(words): accepted")
            } catch {
                #expect("\(error)".contains(words), "\(error)")
            }
        }
    }

    @Test func `any bytes are a frame or an error, never a crash`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...50, using: &random)
            }
            _ = try? ModuleFailure(bytes)
            _ = try? ContractViolation(bytes)
            _ = try? OpenRequest(bytes)
            _ = try? SetUpRequest(bytes)
            _ = try? ModuleInstance.Abilities(bytes)
            _ = try? WallReport(bytes)
            var descriptors = PacketSocket.Descriptors()
            guard let frame = try? Frame(bytes, count: bytes.count, descriptors: &descriptors)
            else { continue }
            _ = try? CallRequest(frame)
            _ = CallOutcome(frame)
            _ = try? ExchangeFeed(frame)
            _ = try? ToldEvents.events(in: frame)
            var ask = frame
            ask.kind = .ask
            try? WorkerAsks(NobodyToAsk()) { _ in }.take(ask) { $0 == 1 }
        }
    }

    @Test func `whatever pieces come, a body is whole or refused`() throws {
        var random = SystemRandomNumberGenerator()
        let kinds: [UInt16] = [FrameKind.log.rawValue, FrameKind.output.rawValue]
        for _ in 0..<200 {
            let pair = try PacketSocket.pair()
            let ours = WorkerChannel(
                PacketSocket(owning: try pair.second.descriptor.duplicate()), end: .kernel)
            var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
            var expected = 0
            do {
                for _ in 0..<20 {
                    let flags = UInt16([0, 2, 4].randomElement(using: &random) ?? 0)
                    let isFull = Int.random(in: 0..<8, using: &random) > 0
                    let count = flags == 2 && isFull ? PacketSocket.inlineBytesMax : 9
                    var writer = ByteWriter()
                    writer.write(kinds.randomElement(using: &random) ?? 0)
                    writer.write(flags)
                    writer.write(UInt32(0))
                    writer.write(UInt64(Int.random(in: 0..<8, using: &random) == 0 ? 2 : 1))
                    writer.write(UInt64(0))
                    try pair.first.send(
                        head: writer.bytes, body: [UInt8](repeating: 1, count: count))
                    switch try ours.receive(into: &buffer) {
                    case .closed: Issue.record("closed")
                    case .piece(let frame):
                        #expect(flags == 2 && frame.body.isEmpty && count > 9)
                        expected += count
                    case .frame(let frame):
                        #expect(frame.body.count == (flags == 0 ? 9 : expected + 9))
                        #expect(frame.messageBytes == Frame.headBytes + 9)
                        if flags == 4 { expected = 0 }
                    }
                }
            } catch is ProtocolError {
                continue
            }
        }
    }

    @Test func `a large body goes through both ends as it was`() throws {
        let pair = try PacketSocket.pair()
        let worker = WorkerChannel(
            PacketSocket(owning: try pair.first.descriptor.duplicate()), end: .worker)
        let kernel = WorkerChannel(
            PacketSocket(owning: try pair.second.descriptor.duplicate()), end: .kernel)
        let body = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try SystemThread.start(name: "worker") {
            try? worker.send(Frame(.finished, id: 9, body: body))
            try? worker.send(Frame(.log, body: [UInt8](repeating: 1, count: 17 << 20)))
        }
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        var frames: [Frame] = []
        while frames.count < 2 {
            if case .frame(let frame) = try kernel.receive(into: &buffer) { frames.append(frame) }
        }
        #expect(frames[0].body == body && frames[0].id == 9)
        // Words are cut, where a result would be refused.
        #expect(frames[1].body.count == Frame.wordsBytesMax)
    }

    @Test func `requests and their parts are read back`() throws {
        let walls = try WallPlan().walls(library: "/a b", in: .ofThisProcess)
        let open = try OpenRequest(
            OpenRequest(path: "/a b", watchesContract: true, walls: walls).bytes)
        #expect(open.path == "/a b" && open.watchesContract && open.walls == walls)
        for state in [nil, SavedState(version: 7, bytes: [1, 2])] {
            let setUp = SetUpRequest(
                configuration: ModuleConfiguration(own: [1], user: []), state: state,
                testsItself: true, starts: false)
            let read = try SetUpRequest(setUp.bytes)
            #expect(read.state == state && read.testsItself && !read.starts)
            #expect(read.configuration == setUp.configuration)
        }
        let failure = ModuleFailure(.restore, .unsupported, "no")
        #expect(try ModuleFailure(failure.bytes) == failure)
        let violation = ContractViolation(function: "f", call: 3, sentence: "s")
        #expect(try ContractViolation(violation.bytes) == violation)
    }

    @Test(arguments: RunMode.allCases, [PayloadKind.text, .json, .bytes])
    func `a call keeps its task, mode and kind`(mode: RunMode, kind: PayloadKind) throws {
        let request = CallRequest(
            id: 5, task: 0xFF_FFFF, mode: mode, kind: kind, arguments: [1],
            deadlineNanoseconds: 9)
        let read = try CallRequest(try passed(request.frame))
        #expect(read.task == 0xFF_FFFF && read.mode == mode && read.kind == kind)
        #expect(read.id == 5 && read.arguments == [1] && read.deadlineNanoseconds == 9)
        let outcome = CallOutcome(status: .ok, kind: kind, value: [3], message: "")
        #expect(CallOutcome(try passed(outcome.frame(id: 5))) == outcome)
    }

    @Test(arguments: [
        ExchangeFeed.head([1]), .pieces([]), .pieces([[1, 2], [], [3]]), .end(isWhole: true),
        .end(isWhole: false),
    ])
    func `what an exchange is given arrives as it was, in its place`(feed: ExchangeFeed) throws {
        let frame = try passed(feed.frame(id: 7, place: 9))
        #expect(try ExchangeFeed(frame) == feed && frame.id == 7 && frame.second == 9)
        #expect(ExchangeFeed.isEnd(frame) == feed.isEnd)
    }

    @Test func `events arrive as they were told`() throws {
        let events = [
            ExchangeEvent(kind: 1, value: [1, 2]), ExchangeEvent(kind: .max, index: 3, value: []),
        ]
        var told = ToldEvents()
        for event in events { told.add(event) }
        let frame = try passed(Frame(.told, id: 7, body: told.bytes))
        #expect(try ToldEvents.events(in: frame) == events)
    }

    @Test func `an exchange is served in its order, whoever receives its parts`() {
        let exchanges = WorkerExchanges()
        var served: [UInt64] = []
        let feeds: [(ExchangeFeed, UInt64)] = [
            (.pieces([]), 2), (.end(isWhole: true), 3), (.head([]), 1),
        ]
        for (feed, place) in feeds {
            exchanges.take(feed.frame(id: 7, place: place)) { served.append($0.second) }
            #expect(served.isEmpty)
        }
        exchanges.take(Frame(.exchange, id: 7)) { served.append($0.second) }
        #expect(served == [0, 1, 2, 3])
        // Nothing is left of it: the next one of that number begins anew.
        exchanges.take(Frame(.exchange, id: 7)) { served.append($0.second) }
        #expect(served == [0, 1, 2, 3, 0])
    }

    @Test func `a failure keeps its status and its sentence`() throws {
        let outcome = CallOutcome.failure(.denied, "näh")
        #expect(CallOutcome(try passed(outcome.frame(id: 1))) == outcome)
    }

    @Test func `a closed socket is told from a broken one`() throws {
        let pair = try PacketSocket.pair()
        pair.first.shutdown()
        #expect(throws: ProtocolError.self) { _ = try received(pair.second) }
        do {
            try Frame(.done).send(over: pair.second)
            Issue.record("sent to nobody")
        } catch {
            #expect(error.isPeerGone)
        }
    }
}
