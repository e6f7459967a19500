import KernelBase
import KernelBuilds
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// What becomes of the old build when neither it nor the new one can work.
@Suite(.blocking) struct ResumptionTests {
    private static let state = "FIXTURE_EXTRA=\",\\\"state\\\":{\\\"version\\\":1}\""
    private static let once =
        "HAZARD_START=static int starts;if(starts++){say(\"the port is taken\");return MOD_BUSY;}"
    private static let refusing =
        "HAZARD_LOAD=if(in_kernel()){say(\"not here\");return MOD_FAILED;}"

    @Test func `an old build that cannot start again refuses calls, until the next one`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("hazard", defining: [Self.state, Self.once, "HAZARD_LOAD="])
        #expect(bench.answer == "one")
        let refused = try bench.refusal("hazard", defining: [Self.state, Self.refusing])
        #expect(refused.stillServing == nil)
        #expect(refused.reason.contains("not here"))
        #expect(refused.reason.contains("did not start again: could not start: the port is taken"))
        let outcome = bench.call("fixture.answer")
        #expect(outcome.status == .notFound)
        #expect(outcome.message.contains("not in service"))
        #expect(outcome.message.contains("the port is taken"))
        try bench.serve(
            "hazard", defining: [Self.state, "HAZARD_LOAD=", "FIXTURE_ANSWER=\"three\""])
        #expect(bench.answer == "three")
    }

    @Test func `an old build whose stop returns too late works again`() throws {
        let bench = try KernelBench { $0.loader.probeSeconds = 0.5 }
        try bench.watch()
        let go = bench.folder.file("go")
        try bench.serve(
            "hazard",
            defining: [
                Self.state, "HAZARD_LOAD=",
                "HAZARD_STOP=while(access(\"\(go)\",F_OK))usleep(1000)",
            ])
        #expect(bench.answer == "one")
        let refused = try bench.refusal(
            "hazard", defining: [Self.state, "HAZARD_LOAD=", "FIXTURE_ANSWER=\"two\""])
        #expect(refused.step == "stop" && refused.stillServing == nil)
        #expect(bench.answer.contains("stop has not returned"))
        try Files.replace(go, with: [])
        try waitFor("the stop to return") { bench.lifecycle.counts.abandoned == 0 }
        try waitFor("the old build to start again") { bench.answer == "one" }
        try bench.serve(
            "hazard", defining: [Self.state, "HAZARD_LOAD=", "FIXTURE_ANSWER=\"three\""])
        #expect(bench.answer == "three")
    }

    @Test func `a build that serves again after all is used once its save has returned`() throws {
        let bench = try KernelBench { $0.loader.probeSeconds = 0.5 }
        try bench.watch()
        let go = bench.folder.file("go")
        let slow =
            "HAZARD_SAVE=static int saves;"
            + "if(saves++==1)while(access(\"\(go)\",F_OK))usleep(1000)"
        try bench.serve("hazard", defining: [Self.state, slow, "HAZARD_START="])
        #expect(bench.answer == "one")
        let refused = try bench.refusal("hazard", defining: [Self.state, "HAZARD_SAVE="])
        #expect(refused.step == "save the state" && refused.stillServing == nil)
        #expect(bench.answer.contains("save the state has not returned"))
        try Files.replace(go, with: [])
        try waitFor("the old build to serve again") { bench.answer == "one" }
    }
}
