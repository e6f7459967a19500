import KernelBase
import Testing

@Suite struct CallTypesTests {
    @Test func `a status that this kernel does not know is a failure or a success by its sign`() {
        #expect(CallStatus(code: -10) == .misuse)
        #expect(CallStatus(code: -11) == .failed)
        #expect(CallStatus(code: .min) == .failed)
        #expect(CallStatus(code: 7) == .ok)
    }

    @Test func `names of modes, risks and levels are read back`() {
        for mode in RunMode.allCases { #expect(RunMode(name: mode.name) == mode) }
        for risk in Risk.allCases { #expect(Risk(name: risk.name) == risk) }
        for level in LogLevel.allCases { #expect(LogLevel(name: level.name) == level) }
        #expect(RunMode(name: "Thread") == nil)
        #expect(Risk(name: "") == nil)
        #expect(LogLevel(name: "fatal") == nil)
    }

    @Test func `levels are ordered by how much they matter`() {
        #expect(LogLevel.allCases.sorted() == [.debug, .info, .warning, .error])
    }
}
