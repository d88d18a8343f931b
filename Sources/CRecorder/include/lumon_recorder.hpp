// The recorder for C++17: a class that owns one, and lists instead of pointers and counts. Everything is inline over lumon_recorder.h,
// where units, threads and errors are described; a method does what the function of its name does, and returns the same codes.
#ifndef LUMON_RECORDER_HPP
#define LUMON_RECORDER_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lumon_recorder.h"

namespace lumon {

/// Elements that lie one after another and belong to somebody else, for the time of a call.
template <typename Element>
class view {
public:
    constexpr view() noexcept = default;
    constexpr view(const Element *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /// The list lives as long as the call in whose argument it stands.
    constexpr view(std::initializer_list<Element> list) noexcept {
        data_ = list.begin();
        size_ = list.size();
    }
    template <std::size_t Size>
    constexpr view(const std::array<Element, Size> &array) noexcept : data_(array.data()), size_(Size) {}
    view(const std::vector<Element> &vector) noexcept : data_(vector.data()), size_(vector.size()) {}

    constexpr const Element *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    const Element *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Options with their size and their defaults.
inline lr_options options() noexcept { return LR_OPTIONS_INIT; }

/// A configuration with its size, and zeros.
inline lr_configuration configuration() noexcept {
    lr_configuration result{};
    result.struct_size = sizeof result;
    return result;
}

/// A camera with its size, at the origin, not rotated.
inline lr_camera camera() noexcept {
    lr_camera result{};
    result.struct_size = sizeof result;
    result.orientation.w = 1;
    return result;
}

/// A recorder that is closed with its owner. To be moved, not copied; closed where it ends, on the thread that owns it: who wants to know
/// whether the file came about calls close().
class recorder {
public:
    recorder() noexcept = default;
    recorder(recorder &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    recorder &operator=(recorder &&other) noexcept {
        if (this != &other) {
            if (handle_ != nullptr) lr_close(handle_);
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    recorder(const recorder &) = delete;
    recorder &operator=(const recorder &) = delete;
    ~recorder() {
        if (handle_ != nullptr) lr_close(handle_);
    }

    /// Opens one in place of the one before, which is closed. Where `error` is given it gets the reason of a failure.
    [[nodiscard]] int open(const std::string &path, lr_options options = lumon::options(), std::string *error = nullptr) {
        char text[512] = "";
        options.error_text = text;
        options.error_text_bytes = sizeof text;
        lr_recorder *opened = nullptr;
        const int code = lr_open(path.c_str(), &options, &opened);
        if (code == LR_OK) *this = recorder(opened);
        else if (error != nullptr) *error = text;
        return code;
    }

    /// The handle stays, so that error() can still be asked.
    int close() noexcept {
        last_ = std::exchange(handle_, nullptr);
        return lr_close(last_);
    }

    explicit operator bool() const noexcept { return handle_ != nullptr; }
    lr_recorder *handle() const noexcept { return handle_; }

    /// Why writing, or closing, failed; empty where it did not.
    std::string error() const {
        char text[512] = "";
        return lr_last_error(handle_ != nullptr ? handle_ : last_, text, sizeof text) == LR_OK ? text : "";
    }

    int attach() noexcept { return lr_attach(handle_); }
    bool needs_snapshot() const noexcept { return lr_needs_snapshot(handle_) == 1; }
    lr_statistics statistics() const noexcept {
        lr_statistics result{};
        result.struct_size = sizeof result;
        lr_get_statistics(handle_, &result);
        return result;
    }

    int session_start(const lr_configuration &configuration) noexcept { return lr_session_start(handle_, &configuration); }
    int configure(const lr_configuration &configuration) noexcept { return lr_configure(handle_, &configuration); }
    int session_end() noexcept { return lr_session_end(handle_); }
    int engine(const char *name, view<const char *> stages, bool has_own_voxels) noexcept {
        return lr_engine(handle_, name, stages.data(), count32(stages.size()), has_own_voxels);
    }
    int edit(lr_coordinate lower, lr_coordinate upper, std::uint32_t material) noexcept {
        return lr_edit(handle_, lower, upper, material);
    }
    int chunk_load(lr_coordinate chunk) noexcept { return lr_chunk_load(handle_, chunk); }
    int chunk_unload(lr_coordinate chunk) noexcept { return lr_chunk_unload(handle_, chunk); }
    int invalidate(lr_point lower, lr_point upper) noexcept { return lr_invalidate(handle_, lower, upper); }
    int store(std::int64_t size_cap_bytes) noexcept { return lr_store(handle_, size_cap_bytes); }
    int store_off() noexcept { return lr_store_off(handle_); }
    int store_damage(lr_region region) noexcept { return lr_store_damage(handle_, region); }
    int write_back_dropped(const lr_row_key &row) noexcept { return lr_write_back_dropped(handle_, &row); }

    int completed(view<std::uint64_t> requests) noexcept {
        return lr_completed(handle_, requests.data(), nullptr, nullptr, requests.size());
    }
    /// Lists of one length; LR_RANGE otherwise.
    int completed(view<std::uint64_t> requests, view<std::uint8_t> outcomes, view<std::uint64_t> payloads) noexcept {
        if (outcomes.size() != requests.size() || payloads.size() != requests.size()) return LR_RANGE;
        return lr_completed(handle_, requests.data(), outcomes.data(), payloads.data(), requests.size());
    }
    int claimed(view<std::uint64_t> requests) noexcept {
        return lr_claimed(handle_, requests.data(), nullptr, requests.size());
    }
    int claimed(view<std::uint64_t> requests, view<std::uint32_t> stages) noexcept {
        if (stages.size() != requests.size()) return LR_RANGE;
        return lr_claimed(handle_, requests.data(), stages.data(), requests.size());
    }
    int accepted(view<std::uint64_t> requests) noexcept { return lr_accepted(handle_, requests.data(), requests.size()); }
    int refused(view<std::uint64_t> requests) noexcept { return lr_refused(handle_, requests.data(), requests.size()); }
    int solid(view<std::uint64_t> requests) noexcept { return lr_solid(handle_, requests.data(), requests.size()); }
    int reply_absent(std::uint64_t request) noexcept { return lr_reply_absent(handle_, request); }
    int reply_damaged(std::uint64_t request) noexcept { return lr_reply_damaged(handle_, request); }
    int reply_region(std::uint64_t request, view<std::uint8_t> bytes) noexcept {
        return lr_reply_region(handle_, request, bytes.data(), bytes.size());
    }

    int checkpoint(std::uint32_t version, view<std::uint64_t> stages, view<std::uint64_t> levels) noexcept {
        return lr_checkpoint(
            handle_, version, stages.data(), count32(stages.size()), levels.data(), count32(levels.size()), nullptr);
    }
    int checkpoint(
        std::uint32_t version, view<std::uint64_t> stages, view<std::uint64_t> levels, lr_digest128 digest) noexcept {
        std::uint8_t bytes[16];
        lr_digest128_bytes(digest, bytes);
        return lr_checkpoint(
            handle_, version, stages.data(), count32(stages.size()), levels.data(), count32(levels.size()), bytes);
    }
    /// Copied.
    int snapshot(const char *format, view<std::uint8_t> bytes) noexcept {
        return lr_snapshot(handle_, format, bytes.data(), bytes.size(), nullptr, nullptr);
    }
    /// Taken, and freed when it is written; where an error is returned, freed at once.
    int snapshot(const char *format, std::vector<std::uint8_t> &&bytes) {
        auto *kept = new std::vector<std::uint8_t>(std::move(bytes));
        const auto release = [](void *context, const void *) { delete static_cast<std::vector<std::uint8_t> *>(context); };
        const int code = lr_snapshot(handle_, format, kept->data(), kept->size(), release, kept);
        if (code != LR_OK) delete kept;
        return code;
    }
    int set_budgets(view<std::int32_t> per_level, std::int32_t total, std::int64_t upload_bytes) noexcept {
        const lr_budgets budgets{per_level.data(), count32(per_level.size()), total, upload_bytes};
        return lr_set_budgets(handle_, &budgets);
    }
    int missed(std::uint32_t frames) noexcept { return lr_missed(handle_, frames); }
    int frame(const lr_camera &camera) noexcept { return lr_frame(handle_, &camera); }

private:
    explicit recorder(lr_recorder *handle) noexcept : handle_(handle) {}

    /// What is more than any list may have stays so.
    static std::uint32_t count32(std::size_t count) noexcept {
        return count > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(count);
    }

    lr_recorder *handle_ = nullptr;
    lr_recorder *last_ = nullptr;
};

} // namespace lumon

#endif
