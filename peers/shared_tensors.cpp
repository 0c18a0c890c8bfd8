// SPDX-License-Identifier: Apache-2.0
#include "peers/shared_tensors.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace convcheck::peers {
namespace {

// Tensors start at multiples of this, and at least this much stands between two.
constexpr std::uint64_t kGap = 64;
constexpr std::byte kGapByte{0xa5};

// Files of this size and more are made to fit; smaller ones double, so that few cases grow them.
constexpr std::size_t kSmallFile = std::size_t{1} << 26;

}  // namespace

SharedTensors::~SharedTensors() {
  if (memory_ != nullptr) ::munmap(memory_, capacity_);
}

Status SharedTensors::open() {
  file_ = Descriptor(::memfd_create("convcheck-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file_.get() < 0)
    return fail(ErrorCode::kIo, "a file in memory for tensors: {}", std::strerror(errno));
  // A child that truncated it would take this process down by SIGBUS.
  if (::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return fail(ErrorCode::kIo, "sealing the file for tensors: {}", std::strerror(errno));
  return {};
}

Status SharedTensors::place(const std::vector<OperandSpec>& specs) {
  places_.clear();
  std::uint64_t end = kGap;
  for (const OperandSpec& spec : specs) {
    const std::uint64_t bytes =
        static_cast<std::uint64_t>(element_count(spec.shape)) * size_bytes(spec.type);
    places_.push_back({spec, end, bytes});
    end = (end + bytes + 2 * kGap - 1) / kGap * kGap;
  }
  used_bytes_ = end;
  if (end <= capacity_) return {};

  std::size_t capacity = std::max<std::size_t>(capacity_, std::size_t{1} << 20);
  while (capacity < end && capacity < kSmallFile) capacity *= 2;
  constexpr std::uint64_t kUnit = std::uint64_t{1} << 20;
  if (capacity < end) capacity = (end + kUnit - 1) / kUnit * kUnit;
  // Allocated, not only extended: memory that is not there is an error here, not a SIGBUS later.
  if (const int error = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(capacity)); error != 0)
    return fail(ErrorCode::kIo, "{} bytes of shared memory for the case's tensors: {}", capacity,
                std::strerror(error));
  void* memory = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED)
    return fail(ErrorCode::kIo, "mapping {} bytes for the case's tensors: {}", capacity,
                std::strerror(errno));
  if (memory_ != nullptr) ::munmap(memory_, capacity_);
  memory_ = static_cast<std::byte*>(memory);
  capacity_ = capacity;
  return {};
}

void SharedTensors::fill_gaps() {
  std::uint64_t begin = 0;
  for (const TensorPlace& place : places_) {
    std::memset(memory_ + begin, static_cast<int>(kGapByte), place.offset - begin);
    begin = place.offset + place.bytes;
  }
  std::memset(memory_ + begin, static_cast<int>(kGapByte), used_bytes_ - begin);
}

std::optional<SharedTensors::ChangedGap> SharedTensors::changed_gap() const {
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i <= places_.size(); ++i) {
    const std::uint64_t end = i < places_.size() ? places_[i].offset : used_bytes_;
    for (std::uint64_t at = begin; at < end; ++at) {
      if (memory_[at] == kGapByte) continue;
      const std::size_t near = i == 0 ? 0 : i - 1;
      return ChangedGap{
          near, static_cast<std::int64_t>(at) - static_cast<std::int64_t>(places_[near].offset)};
    }
    if (i < places_.size()) begin = places_[i].offset + places_[i].bytes;
  }
  return std::nullopt;
}

MappedTensors::~MappedTensors() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
}

Result<std::byte*> MappedTensors::map(std::uint64_t bytes) {
  if (bytes <= mapped_) return memory_;
  struct stat file {};
  if (::fstat(fd_, &file) != 0)
    return fail(ErrorCode::kIo, "the tensor descriptor {}: {}", fd_, std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(file.st_size);
  if (size < bytes)
    return fail(ErrorCode::kIo, "the tensor file has {} bytes; the request needs {}", size, bytes);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED)
    return fail(ErrorCode::kIo, "mapping {} bytes of tensors: {}", size, std::strerror(errno));
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  memory_ = static_cast<std::byte*>(memory);
  mapped_ = size;
  return memory_;
}

}  // namespace convcheck::peers
