import KernelWire
import Testing

@testable import KernelClient

struct KnownModulesTests {
    @Test func `where all files were refused, who looks for a module is told why`() {
        var file = ModuleDescription(id: "libFilesystem.so", state: "refused")
        file.problem = "no space left on device"
        let known = KnownModules([file])
        #expect(known.modules.isEmpty && known.tasks.isEmpty)
        #expect(
            known.whyUnknown("fs.read")
                == "there is no module \"fs\": none is in service. "
                + "libFilesystem.so: no space left on device")
    }
}
