// SPDX-License-Identifier: MIT
#include "fibo/farm/in_place_channel.hpp"

#include <stdexcept>
#include <utility>

namespace fibo {

InPlaceChannel::InPlaceChannel(WorkerParts parts)
    : worker_(std::move(parts),
              [this](Bytes message) { to_producer_.push_back(std::move(message)); }) {
  worker_.greet();
}

void InPlaceChannel::send(Rank /*worker*/, Bytes message) {
  to_worker_.push_back(std::move(message));
}

std::optional<ProducerChannel::Envelope> InPlaceChannel::receive() {
  while (to_producer_.empty()) {
    if (to_worker_.empty())
      throw std::logic_error("the producer waits for work it did not hand out");
    const Bytes message = std::move(to_worker_.front());
    to_worker_.pop_front();
    worker_.process(message);
  }
  Envelope envelope{producer_rank, std::move(to_producer_.front())};
  to_producer_.pop_front();
  return envelope;
}

}  // namespace fibo
