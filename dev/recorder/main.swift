// Records what a server of models answers, as tests. See dev/record.

import AnthropicLogic
import GeminiLogic
import KernelHTTP
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleProviderKit
import OllamaLogic
import OpenAILogic
import ProviderTesting

/// Records with one provider; the exit status.
func record(_ provider: some ModelProvider, _ options: RecorderOptions) throws -> Int32 {
    let presets = provider.provider.presets
    let wanted = options.preset ?? presets[0].id
    guard let preset = presets.first(where: { $0.id == wanted }) else {
        throw RecorderOptions.Mistake(
            description: "\(options.module) has no preset \(wanted); there are "
                + presets.map(\.id).joined(separator: ", "))
    }
    let base = options.base ?? preset.base
    let key = try key(options, preset)
    let server = ProviderServer(preset: preset.id, base: base, hasKey: key != nil)
    let client = HTTPClient()
    defer { client.close() }
    let recorder = Recorder(
        provider, at: server, key: key, source: try source(options, preset), client)
    let folder = try folder(options)
    try Files.makeDirectories(folder)
    var failures = 0
    for entry in try entries(options) {
        let file = Path.join(folder, "\(preset.id)-\(entry.name).txt")
        guard options.replaces || !Files.exists(file) else {
            StandardStreams.say("\(entry.name): \(file) is there; --replace replaces it\n")
            continue
        }
        do {
            let recording = try recorder.record(
                entry, model: options.model, keepsRefusals: options.keepsRefusals)
            try Files.replace(file, with: recording)
            StandardStreams.say("\(entry.name): \(file)\n")
        } catch {
            failures += 1
            StandardStreams.say("\(entry.name): not recorded: \(error)\n")
        }
    }
    return failures == 0 ? 0 : 1
}

func key(_ options: RecorderOptions, _ preset: ProviderPreset) throws -> String? {
    let names = options.keyVariable.map { [$0] } ?? preset.keyVariables
    if let key = names.lazy.compactMap({ Environment.value($0) }).first { return key }
    guard options.keyVariable == nil, preset.keyIsOptional || options.base != nil else {
        throw RecorderOptions.Mistake(
            description: "no key: set \(names.joined(separator: " or ")) in the environment")
    }
    return nil
}

/// Who answers. The vendor's own server is known by its address.
func source(_ options: RecorderOptions, _ preset: ProviderPreset) throws -> String {
    if let source = options.source { return source }
    guard options.base == nil || options.base == preset.base,
        !preset.base.hasPrefix("http://")
    else {
        throw RecorderOptions.Mistake(
            description: "who answers there? say it with --from, as \"llama-server b10434\"")
    }
    return "\(preset.name)'s own server at \(preset.base), model \(options.model)"
}

func folder(_ options: RecorderOptions) throws -> String {
    if let folder = options.folder { return folder }
    let names = ["openai": "OpenAI", "ollama": "Ollama", "anthropic": "Anthropic"]
    let name = names[options.module] ?? "Gemini"
    return Path.join(Fixture.repository, "Tests/\(name)/Recordings")
}

func entries(_ options: RecorderOptions) throws -> [CanonicalChats.Entry] {
    let all = CanonicalChats.all
    if let unknown = options.chats.first(where: { name in !all.contains { $0.name == name } }) {
        throw RecorderOptions.Mistake(
            description: "there is no chat \(unknown); there are "
                + all.map(\.name).joined(separator: ", "))
    }
    return all.filter { options.chats.isEmpty || options.chats.contains($0.name) }
}

func run() throws -> Int32 {
    let options = try RecorderOptions(Array(CommandLine.arguments.dropFirst()))
    switch options.module {
    case "openai": return try record(OpenAI(), options)
    case "ollama": return try record(Ollama(), options)
    case "anthropic": return try record(Anthropic(), options)
    case "gemini": return try record(Gemini(), options)
    default:
        throw RecorderOptions.Mistake(
            description: "there is no provider \(options.module); there are openai, ollama, "
                + "anthropic, gemini")
    }
}

do {
    ProcessExit.now(try run())
} catch let mistake as RecorderOptions.Mistake {
    StandardStreams.complain("kernel-record: \(mistake); see dev/record --help")
    ProcessExit.now(64)
} catch {
    StandardStreams.complain("kernel-record: \(error)")
    ProcessExit.now(70)
}
