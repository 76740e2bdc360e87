"""What a model costs: as the operator says, else the provider's list price, else nothing that is known."""

from __future__ import annotations

from genai_prices import Usage, calc_price

from digestbot.settings import ModelSettings


def compute_microdollars(model: ModelSettings, tokens_in: int, tokens_out: int) -> int:
    """Millionths of a dollar for so many tokens; 0 where no price is known, so that only the tokens are capped."""
    if model.dollars_in is not None or model.dollars_out is not None:
        return round((model.dollars_in or 0) * tokens_in + (model.dollars_out or 0) * tokens_out)
    lookup = {"provider_api_url": model.base_url} if model.base_url else {"provider_id": model.provider}
    try:
        price = calc_price(Usage(input_tokens=tokens_in, output_tokens=tokens_out), model.name, **lookup)
    except LookupError:
        return 0
    return round(float(price.total_price) * 1_000_000)
