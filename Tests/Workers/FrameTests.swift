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
            var descriptors = PacketSocket.Descriptors([])
            guard let frame = try? Frame(bytes, count: bytes.count, descriptors: &descriptors)
            else { continue }
            _ = try? CallRequest(frame)
            _ = CallOutcome(frame)
        }
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
