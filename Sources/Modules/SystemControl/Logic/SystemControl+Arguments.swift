import ModuleKit

struct BrightnessArguments: Arguments {
    @Argument("A percentage as \"40\", or a change as \"+10\" or \"-10\".", length: 1...20)
    var level: String
    @Argument("The name of a screen, as system.brightness lists it; without, the main one.")
    var screen: String?
    @Argument("Lets the screen become entirely dark.", default: false) var dark: Bool
}

struct VolumeArguments: Arguments {
    @Argument("A percentage as \"40\", or a change as \"+10\" or \"-10\".", length: 1...20)
    var level: String
    @Argument("Whether it is played or recorded.", default: .output)
    var direction: SoundDevice.Direction
    @Argument("The name of a device, or a part of its description; without, the default one.")
    var device: String?
    @Argument("Allows more than 100 percent, up to 150.", default: false) var boost: Bool
}

struct MuteArguments: Arguments {
    @Argument("on mutes, off unmutes, toggle does the other.", default: .toggle)
    var state: Sound.Muting
    @Argument("Whether it is played or recorded.", default: .output)
    var direction: SoundDevice.Direction
    @Argument("The name of a device, or a part of its description; without, the default one.")
    var device: String?
}

extension SoundDevice.Direction: Choice {}
extension Sound.Muting: Choice {}
