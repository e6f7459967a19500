import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

struct CallTests {
    @Test(
        arguments: [
            ([:], "Hello, world!"), (["name": "Ann", "tone": "formal"], "Good day, Ann!"),
            (["times": 2, "tone": nil], "Hello, world!\nHello, world!"),
        ] as [(JSON, String)])
    func `arguments are decoded, with their defaults`(arguments: JSON, text: String) async throws {
        let host = try TestHost(Greeter.self)
        let outcome = try await host.call("hello", arguments)
        #expect(outcome.text == text)
        #expect(outcome.isOK && outcome.kind == .text)
        try host.close()
    }

    @Test(
        arguments: [
            (["times": 99], "\"times\" must be at most 10, but is 99"),
            (["nmae": "Ann"], "\"nmae\" is not known; did you mean \"name\"?"),
            (
                ["tone": "loud"],
                "\"tone\" must be one of \"formal\", \"casual\", null, but is \"loud\""
            ),
        ] as [(JSON, String)])
    func `arguments that do not fit are refused`(arguments: JSON, message: String) async throws {
        let outcome = try await TestHost(Greeter.self).call("hello", arguments)
        #expect(outcome.status == .invalid)
        #expect(outcome.message == message)
    }

    @Test(
        arguments: [
            (["times": "many"], "\"times\" must be a whole number, but is \"many\""),
            (["name": nil], "\"name\" must be a text, but is null"),
            ([], "the value must be an object, but is an empty list"),
        ] as [(JSON, String)])
    func `a host that checks nothing gets an error too`(arguments: JSON, message: String)
        async throws
    {
        let outcome = try await TestHost(Greeter.self).begin("hello", arguments).outcome()
        #expect(outcome.status == .invalid)
        #expect(outcome.message == message)
    }

    @Test func `bytes, JSON and nothing are results too`() async throws {
        let host = try TestHost(Workshop.self)
        let bytes = try await host.call("bytes", bytes: [1, 0, 255])
        #expect(bytes.kind == .bytes && bytes.bytes == [255, 0, 1])
        let sum = try await host.call("sum", ["numbers": [1, 2.5], "options": ["offset": 1]])
        #expect(sum.json == ["total": 5.5, "count": 2])
        #expect(try await host.call("sum", ["numbers": [1]]).json == ["total": 1.0, "count": 1])
        let nothing = try await host.call("nothing")
        #expect(nothing.isOK && nothing.bytes.isEmpty)
        try host.close()
    }

    @Test func `a nested argument that is missing is named with its path`() async throws {
        let host = try TestHost(Workshop.self)
        let outcome = try await host.begin("sum", ["numbers": [1, "x"]]).outcome()
        #expect(outcome.message == "\"numbers[1]\" must be a number, but is \"x\"")
        #expect(try await host.begin("sum").outcome().message == "\"numbers\" is missing")
        try host.close()
    }

    @Test func `what a task throws becomes a status and a sentence`() async throws {
        let host = try TestHost(Workshop.self)
        let failure = try await host.call("fail")
        #expect(failure.status == .notFound && failure.message == "there is no such shelf")
        let other = try await host.call("throw-other")
        #expect(other.status == .failed && other.message == "the paint is wet")
        let number = try await host.call("nan")
        #expect(
            number.status == .failed && number.message == "\"[1]\" is nan, which JSON cannot say")
        try host.close()
    }

    @Test func `progress, output and log arrive in order`() async throws {
        let host = try TestHost(Workshop.self)
        let outcome = try await host.call("report")
        #expect(outcome.progress == [.init(0.25, "a quarter"), .init(nil, "some"), .init(1)])
        #expect(outcome.outputs == ["one ", "two"] && outcome.text == "done")
        #expect(host.logs.map(\.text) == ["workshop is here", "careful"])
        #expect(host.logs.map(\.level) == [.info, .warning] && host.logs[1].call != 0)
        try host.close()
    }

    @Test func `the deadline is on the clock that it is compared with`() async throws {
        let host = try TestHost(Workshop.self)
        #expect(try await host.call("deadline", timeout: .seconds(60)).json == true)
        #expect(try await host.call("deadline").json == false)
        try host.close()
    }

    @Test(
        arguments: [
            (TestCall.CancelReason.requested, "the call was cancelled"),
            (.deadline, "the call was cancelled, since its deadline has passed"),
            (.drain, "the call was cancelled, since its module is being replaced"),
        ], ["wait", "spin"])
    func `a cancelled call ends and says why`(
        reason: (TestCall.CancelReason, String), task: String
    ) async throws {
        let host = try TestHost(Workshop.self)
        let call = try host.begin(task)
        call.cancel(reason.0)
        let outcome = try await call.outcome()
        #expect(outcome.status == .cancelled)
        #expect(outcome.message == reason.1 || outcome.message == "the call was cancelled")
        try host.close()
    }

    @Test(arguments: ["wait", "spin"])
    func `a call that has been under way is cancelled for its reason`(task: String) async throws {
        let host = try TestHost(Workshop.self)
        let call = try host.begin(task)
        while call.progress.isEmpty { await Task.yield() }
        call.cancel(.drain)
        let outcome = try await call.outcome()
        #expect(outcome.message == "the call was cancelled, since its module is being replaced")
        try host.close()
    }

    @Test func `a deadline ends a call`() async throws {
        let host = try TestHost(Workshop.self)
        let outcome = try await host.call("wait", timeout: .milliseconds(20))
        #expect(outcome.status == .cancelled)
        try host.close()
    }

    @Test func `a cancelled test cancels its call`() async throws {
        let host = try TestHost(Workshop.self)
        let task = Task { try await host.call("wait") }
        task.cancel()
        #expect(try await task.value.status == .cancelled)
        try host.close()
    }

    @Test func `what outlives its call reaches nobody and breaks nothing`() async throws {
        let host = try TestHost(Workshop.self)
        for _ in 0..<50 { #expect(try await host.call("linger").text == "gone") }
        for _ in 0..<10_000 { await Task.yield() }
        #expect(host.violations == [])
        try host.close()
    }

    @Test func `many calls at once all end with their own result`() async throws {
        let host = try TestHost(Workshop.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let outcome = try await host.call(
                        "sum", ["numbers": [.integer(Int64(number)), 1]])
                    #expect(outcome.json?["total"]?.integer == Int64(number) + 1)
                    let report = try await host.call("report")
                    #expect(report.outputs == ["one ", "two"])
                }
            }
            try await group.waitForAll()
        }
        try host.close()
    }
}
