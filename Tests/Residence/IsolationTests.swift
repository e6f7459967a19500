import Synchronization
import Testing

@testable import KernelResidence

/// Builds that may not run in the kernel, and what is recorded of them.
@Suite struct IsolationTests {
    private final class Recorder: IsolationRecords {
        let lines = Mutex<[String]>([])

        func began(_ isolation: BuildIsolation) {
            lines.withLock { $0.append("began \(isolation.build)") }
        }

        func ended(build: String) throws {
            lines.withLock { $0.append("ended \(build)") }
        }
    }

    @Test func `what is new is recorded, and what was read is not recorded again`() {
        let recorder = Recorder()
        let containment = Containment(isolations: recorder)
        let read = BuildIsolation(
            module: "m", build: "old", time: "noon", reason: "crashed", report: "/r")
        containment.isolate(read)
        #expect(
            containment.isolationReason(of: "old")
                == "on noon it crashed; a rebuilt file or /module lift m ends this; report: /r")
        containment.isolateForGood(BuildIsolation(module: "m", build: "new", reason: "hung"))
        #expect(containment.isolationReason(of: "new")?.contains("it hung; a rebuilt") == true)
        #expect(containment.isolationReason(of: "new")?.contains("report") == false)
        #expect(containment.endIsolation(of: "old") && !containment.endIsolation(of: "other"))
        #expect(containment.isolationReason(of: "old") == nil)
        #expect(recorder.lines.withLock { $0 } == ["began new", "ended old"])
    }
}
