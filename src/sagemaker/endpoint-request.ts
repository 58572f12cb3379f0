import type {
  ContainerDefinition,
  ModelDataSource,
  ProductionVariant,
  S3ModelDataSource,
} from './create-endpoint.js';

/** What has a model in a directory of this machine, as the result of a training job has. */
export interface TrainedModel {
  /** Where it is. */
  readonly model: {
    /** An absolute path. */
    readonly directory: string;
  };
}

/** What AWS requires, and has a default here. */
type CloudOnly = 'VariantName';

/**
 * What to serve: the members of AWS's `ContainerDefinition` (as in `CreateModel`) and of its `ProductionVariant` (as in
 * `CreateEndpointConfig`), in one object. What only the cloud needs may be left out, and is not used.
 */
export interface EndpointRequest
  extends
    Omit<ContainerDefinition, 'ModelDataUrl' | 'ModelDataSource'>,
    Omit<ProductionVariant, CloudOnly>,
    Partial<Pick<ProductionVariant, CloudOnly>> {
  /** 1 to 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. Default: `local-`, the time in UTC, and six random digits. */
  readonly EndpointName?: string | undefined;
  /**
   * The model: an archive, `.tar.gz` or `.tar`, or a directory, by its path, `file://` or `s3://`; or what a training job here
   * has come to. It is unpacked, or copied, to what the server sees as /opt/ml/model. Default: none.
   */
  readonly ModelDataUrl?: string | URL | TrainedModel | undefined;
  /** The model in another way, and not beside `ModelDataUrl`. */
  readonly ModelDataSource?: LocalModelDataSource | undefined;
}

/** As AWS's `ModelDataSource`, whose location may be one of this machine. */
export interface LocalModelDataSource extends Omit<ModelDataSource, 'S3DataSource'> {
  /** As AWS's `S3ModelDataSource`, whose `S3Uri` may be a path or a URL of this machine. */
  readonly S3DataSource?:
    | (Omit<S3ModelDataSource, 'S3Uri'> & {
        /** An `s3://` URI, a path, or a URL. */
        readonly S3Uri: string | URL | undefined;
      })
    | undefined;
}

/** Where a model is, and what it is. */
export type ModelLocation =
  /** A path of this machine, or an `s3://` URI: a directory or an archive, which is found out by looking. */
  | { readonly kind: 'any'; readonly location: string }
  /** One archive. */
  | { readonly kind: 'archive'; readonly location: string }
  /** All below a directory or a prefix. */
  | { readonly kind: 'files'; readonly location: string }
  /** What a training job has left: a directory, and no link that its algorithm has put there instead. */
  | { readonly kind: 'trained'; readonly location: string };

/** A request in which everything is right, and that has a value for whatever an endpoint here needs. */
export interface ResolvedEndpointRequest extends Omit<EndpointRequest, 'ModelDataUrl' | 'ModelDataSource'> {
  readonly EndpointName: string;
  /** Default: `AllTraffic`, as AWS's own tools have it. */
  readonly VariantName: string;
  /** Default: 1. */
  readonly InitialInstanceCount: number;
  /** Default: none. */
  readonly Environment: Readonly<Record<string, string>>;
  /** `undefined` without a model. */
  readonly model: ModelLocation | undefined;
}
