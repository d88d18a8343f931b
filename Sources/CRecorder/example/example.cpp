// example PATH: records a small run as an engine does, with an edit, results of casts, and digests of its own.
//
//     c++ -std=c++17 example.cpp $(pkg-config --cflags --libs lumon-recorder) -o example
#include <lumon_recorder.hpp>

#include <cstdio>

namespace {

/// The engine: a level of 8^3 probes of which it updates a few in each frame.
struct engine {
    std::vector<lr_state> probes = std::vector<lr_state>(512);
    std::uint64_t state_sum = 0;
    std::uint64_t next_request = 0;

    engine() {
        for (std::size_t index = 0; index < probes.size(); index++) {
            const auto place = static_cast<std::int32_t>(index);
            probes[index].cell = {place % 8, place / 8 % 8, place / 64};
            probes[index].last_updated = LR_NEVER;
            state_sum = lr_sum_add(state_sum, lr_leaf_state(&probes[index]));
        }
    }

    /// A result has come: the probe is Valid. The sum is kept up to date by what changes.
    void update(std::size_t index, std::int32_t frame) {
        state_sum = lr_sum_remove(state_sum, lr_leaf_state(&probes[index]));
        probes[index].lifecycle = LR_VALID;
        probes[index].last_updated = frame;
        state_sum = lr_sum_add(state_sum, lr_leaf_state(&probes[index]));
    }
};

/// Says what failed.
int fail(const char *what, int code) {
    std::fprintf(stderr, "example: %s: %s\n", what, lr_error_text(code));
    return 1;
}

} // namespace

int main(int count, char **arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: example PATH\n");
        return 64;
    }
    lumon::recorder recorder;
    std::string reason;
    if (recorder.open(arguments[1], lumon::options(), &reason) != LR_OK) {
        std::fprintf(stderr, "example: %s: %s\n", arguments[1], reason.c_str());
        return 74;
    }
    const std::int32_t budgets[] = {4};
    lr_configuration configuration = lumon::configuration();
    configuration.world_seed = 7;
    configuration.chunks_start_loaded = 1;
    configuration.layout_version = 1;
    configuration.base_spacing = 2;
    configuration.resolution = 8;
    configuration.levels = 1;
    configuration.cast_latency_frames = 2;
    configuration.store_latency_frames = 1;
    configuration.budgets = {budgets, 1, 4, 1 << 20};
    if (const int code = recorder.session_start(configuration); code != LR_OK) return fail("session_start", code);
    recorder.engine("example 1.0", {"select", "commit"}, true);

    engine engine;
    for (std::int32_t frame = 0; frame < 120; frame++) {
        // What came back since the frame before.
        std::vector<std::uint64_t> requests;
        for (int i = 0; frame > 1 && i < 4; i++) {
            requests.push_back(engine.next_request);
            engine.update(static_cast<std::size_t>(engine.next_request++ % 512), frame);
        }
        recorder.completed(requests);
        if (frame == 60) recorder.edit({-1, 64, -1}, {2, 66, 2}, 1);

        // The frame's digests: what was selected, and the state after it.
        std::uint8_t buffer[256];
        lr_bytes bytes{buffer, sizeof buffer, 0};
        std::array<std::uint64_t, 2> stages{};
        lr_put_i32(&bytes, frame);
        if (const int code = lr_bytes_digest(&bytes, &stages[0]); code != LR_OK) return fail("digest", code);
        bytes.count = 0;
        lr_put_sums(&bytes, &engine.state_sum, 1);
        if (const int code = lr_bytes_digest(&bytes, &stages[1]); code != LR_OK) return fail("digest", code);
        recorder.checkpoint(1, stages, {engine.state_sum}, lr_xxh3_128(stages.data(), sizeof stages));

        lr_camera camera = lumon::camera();
        camera.engine_time_ns = frame * std::int64_t{16666667};
        camera.position = {frame * 0.25, 70, 0};
        // LR_FULL is no failure: the frame is missing, and the trace says so.
        if (const int code = recorder.frame(camera); code != LR_OK && code != LR_FULL) return fail("frame", code);
    }
    const lr_statistics statistics = recorder.statistics();
    if (recorder.close() != LR_OK) {
        std::fprintf(stderr, "example: %s: %s\n", arguments[1], recorder.error().c_str());
        return 74;
    }
    std::printf(
        "%s: %llu frames, %llu missing\n", arguments[1], static_cast<unsigned long long>(statistics.frames_recorded),
        static_cast<unsigned long long>(statistics.frames_dropped));
}
