import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct PreferenceTests {
    @Test func `what was chosen holds until it is chosen anew or taken away`() throws {
        let scratch = try ScratchStore()
        let preferences = scratch.store.preferences
        #expect(try Answer.wait { preferences.value(of: "model", $0) } == nil)
        for value in ["one", "two"] {
            try Answer.wait { preferences.put("model", value, $0) }
            #expect(try Answer.wait { preferences.value(of: "model", $0) } == value)
        }
        #expect(try Answer.wait { preferences.value(of: "other", $0) } == nil)
        try Answer.wait { preferences.put("model", nil, $0) }
        #expect(try Answer.wait { preferences.value(of: "model", $0) } == nil)
    }
}
