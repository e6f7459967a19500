import ClientTesting
import KernelClient
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WireClientTests {
    @Test func `replies find their requests, in whatever order they come`() throws {
        let kernel = FakeKernel(tasks: [
            "a.slow": { _, _, _ in },
            "a.fast": { kernel, request, _ in
                kernel.reply(request, "second")
                kernel.reply(1, "first")
                kernel.reply(request, "once more")
            },
        ])
        let client = WireClient(kernel.transport)
        try client.start(onNotification: { _, _ in })
        let replies = Condition<[String]>([])
        for task in ["a.slow", "a.fast"] {
            client.send(RunCall.method, try JSON.encode(RunCall(task: task))) { reply in
                replies.withLock { $0.append("\(task) \((try? reply.get().string) ?? "")") }
                replies.broadcast()
            }
        }
        let deadline = SystemClock.monotonicNanoseconds + 10_000_000_000
        let all = replies.wait(untilNanoseconds: deadline) { $0.count == 2 ? $0 : nil }
        #expect(all == ["a.fast second", "a.slow first"])
        client.close()
    }

    @Test func `what comes before a reply is heard before it`() throws {
        let kernel = FakeKernel(tasks: [
            "a.b": { kernel, request, _ in
                for number in 0..<100 { kernel.printed(request, "\(number)") }
                kernel.reply(request, [:])
            }
        ])
        let client = WireClient(kernel.transport)
        let heard = Mutex(0)
        try client.start(onNotification: { _, _ in heard.withLock { $0 += 1 } })
        let params = try JSON.encode(RunCall(task: "a.b"))
        _ = try soon("a reply") { try client.request(RunCall.method, params) }
        #expect(heard.withLock { $0 } == 100)
        client.close()
    }

    @Test func `an error of the kernel is thrown`() throws {
        let kernel = FakeKernel()
        let client = WireClient(kernel.transport)
        try client.start(onNotification: { _, _ in })
        #expect(throws: WireError.notFound("no such task here")) {
            try soon("a reply") { try client.request(RunCall.method, ["task": "x.y"]) }
        }
        client.close()
    }

    @Test func `whoever waits is told when the kernel goes away`() throws {
        let kernel = FakeKernel(tasks: ["a.b": { kernel, _, _ in kernel.close() }])
        let client = WireClient(kernel.transport)
        let ends = Condition(0)
        try client.start(
            onNotification: { _, _ in },
            onClosed: {
                ends.withLock { $0 += 1 }
                ends.broadcast()
            })
        for _ in 0..<2 {
            #expect(throws: WireClient.kernelIsGone) {
                try soon("a reply") { try client.request(RunCall.method, ["task": "a.b"]) }
            }
        }
        #expect(client.isClosed)
        try waitFor("the end to be told") { ends.withLock { $0 == 1 } }
    }

    @Test func `an answer of another kind is refused with its method`() throws {
        let kernel = FakeKernel()
        let client = WireClient(kernel.transport)
        try client.start(onNotification: { _, _ in })
        let error = #expect(throws: WireError.self) {
            let _: [CallListing] = try soon("a reply") {
                try client.request(WireMethod.showConfiguration)
            }
        }
        #expect(error?.message.hasPrefix("the kernel's answer to config.show is not") == true)
        client.close()
    }
}
