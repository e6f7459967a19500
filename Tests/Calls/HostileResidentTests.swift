import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// What a module in a worker of its own can say to the kernel, past its host.
@Suite(.blocking) struct HostileResidentTests {
    private static let state = "FIXTURE_EXTRA=\",\\\"state\\\":{\\\"version\\\":1}\""

    private func bench(_ call: String, _ defining: [String] = []) throws -> KernelBench {
        let bench = try KernelBench {
            $0.isolate()
            $0.policy.failuresMax = 1
            $0.loader.residents.lifecycleSeconds = 3
        }
        try bench.watch()
        try bench.serve(
            "hostile",
            defining: ["HOSTILE_TASK_MODE=\"thread\"", "HOSTILE_CALL=\(call)"] + defining)
        return bench
    }

    @Test(
        arguments: [
            "flood(FINISHED,0,call->id+1,PIECE)", "flood(DONE,0,7,PIECE)",
            "flood(OUTPUT,0,call->id,PIECE)", "flood(ASK+1,0,1,PIECE)",
        ] + SanitizerBuild.without(["flood(PROGRESS,0,1,0)"]))
    func `whatever is said unasked is counted`(flood: String) throws {
        let bench = try bench(flood)
        _ = bench.begin("fixture.answer", timeoutSeconds: 20)
        #expect(try bench.nextEnded().reason.contains("printed and reported more than 32 MiB"))
    }

    @Test(arguments: [
        ("say(LOG,0,0,5,open(\"/dev/null\",O_RDONLY))", "a message with files"),
        ("say(FINISHED,HAS_MORE,call->id,0,-1)", "a piece of 0 bytes"),
    ])
    func `what is no message ends the worker`(call: String, words: String) throws {
        let bench = try bench("\(call);hang()")
        _ = bench.begin("fixture.answer", timeoutSeconds: 20)
        #expect(try bench.nextEnded().reason.contains("broke the protocol: \(words)"))
    }

    @Test func `a state that is larger than it may be costs the worker its life`() throws {
        // As many bodies as may be taken for the answer to the request.
        let forge =
            "for(uint64_t id=1;id<5;id++)for(int i=0;i<150;i++)"
            + "say(DONE,i<149?HAS_MORE:LAST,(1ull<<63)+id,PIECE,-1)"
        let bench = try bench("(void)0", [Self.state, "HOSTILE_SAVE=\(forge)"])
        #expect(bench.answer == "one")
        let reason = try bench.nextEnded().reason
        #expect(reason.contains("it gave a state of 9830400 bytes, more than 8388608"), "\(reason)")
    }
}
